//! The life of a cache: settling, closing, going out of scope, being switched off and on.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

#[path = "../common/mod.rs"]
mod common;

mod close;
mod closed;

mod bypass;
mod scope;
mod settle;
