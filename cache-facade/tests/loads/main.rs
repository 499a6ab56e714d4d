//! Loads: one per key, whatever becomes of it and of its callers.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

#[path = "../common/mod.rs"]
mod common;

mod single_flight;

mod answers;
mod errors;
mod validators;

mod callers;
mod cycles;
mod timeouts;
