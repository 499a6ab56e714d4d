//! Stores that fail, hang and lose answers: what a caller is told, what is loaded all the same, and what is counted.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

#[path = "../common/mod.rs"]
mod common;

mod outage;

mod batches;
mod changes;
mod reads;
