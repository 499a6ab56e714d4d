//! `cachectl version` as a pipeline runs it, beside processes of the releases, on a real Redis server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test asserts"
)]

#[path = "../inspect/place.rs"]
#[allow(dead_code, reason = "what another test needs of it")]
mod place;
#[path = "../common/said.rs"]
mod said;

mod copies;
mod deployments;
mod refusals;
