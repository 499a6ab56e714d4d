//! What only the inside of the crate can test: bytes planted below the backend, rows that a crash leaves behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod suite;

mod fixture;
mod rows;

mod batches;
mod counting;
mod early;
mod full;
mod index;
mod limits;
mod replaced;
mod spaces;
