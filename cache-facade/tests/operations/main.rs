//! Every operation of a domain and of a cache, each row on each store: in-process memory, a plain store of objects, and a
//! byte store under each codec. Loads have files of their own.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

#[path = "../common/mod.rs"]
mod common;

mod ids;
mod reads;

mod changes;
mod puts;
#[cfg(feature = "codec-json")]
mod sizes;
mod ttl;

mod expiries;
mod negative;
mod touches;

mod batches;
mod clears;

mod counters;
mod raw;

mod building;
mod configured;
mod switched_off;

mod contention;
mod stats;
