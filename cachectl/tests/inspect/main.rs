//! The commands that look into a store, as an operator runs them, on a real Redis server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test asserts"
)]

mod entries;
mod place;
#[path = "../common/said.rs"]
mod said;
mod slow;

mod del;
mod get;
mod keys;
mod put;
mod refusals;
mod scan;
mod sled;
mod stats;
mod ttl;
mod typed;
