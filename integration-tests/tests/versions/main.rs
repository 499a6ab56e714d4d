//! Releases that share a store: what one does to a value, the others see, and none reads what another wrote for itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod fleet;
mod manager;
mod migrations;
mod record;
mod releases;
mod renewals;
mod rollback;
mod trust;
mod updates;
