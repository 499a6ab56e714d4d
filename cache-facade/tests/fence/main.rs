//! The fence, one step at a time: a load stands still where the test wants it, and somebody changes its key.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

#[path = "../common/mod.rs"]
mod common;

mod change;

mod publishing;
mod races;
