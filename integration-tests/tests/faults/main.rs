//! Real faults under real traffic: servers that stop, hang, forget, run full, are cut off and are replaced.
//!
//! Every test asserts that nothing panics, that no value is ever another's, that no call takes longer than its deadline and a
//! little, that errors are of the kinds that say what happened, and that service is back within a second of the store's return.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod proxy;
mod traffic;

mod alone;
mod cluster;
mod cut;
mod sentinel;
