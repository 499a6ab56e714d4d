//! What a cache tells of itself, on real stores: counts that are exact, events that are the store's own, durations that were
//! measured, and what an outsider reads of it over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod counts;
mod durations;
mod events;
mod http;
mod outage;
mod script;
