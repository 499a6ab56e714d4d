//! What a cache promises, on every store: the same rows over each, through a cache that is built from a URL.
//!
//! The stores are one table, in `stores.rs`. A row is a function of a group's file, and named in the list at its top; on each
//! store it is a test of its own, such as `single_flight::redis_cluster::concurrent_misses_load_once`. The rows that a store
//! cannot run for lack of a capability are declared with it, and `census.rs` compares.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod census;
mod fixture;
mod source;
mod stores;

mod answers;
mod callers;
mod cycles;
mod errors;
mod single_flight;
mod timeouts;

mod change;
mod publishing;
mod races;

mod batches;
mod clears;
mod contention;
mod counters;
mod expiries;
mod life;
mod puts;
mod reads;
mod stats;
mod touches;
mod updates;

mod close;
mod reopened;
mod shared;
