//! `version migrate --from-legacy`, as an operator runs it: on a real server that an application filled by hand, with the
//! application's next release beside it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test asserts"
)]

mod app;
mod between;
mod place;
mod planted;
#[path = "../common/said.rs"]
mod said;

mod cluster;
mod kills;
mod left;
mod listing;
mod moves;
mod races;
mod refusals;
mod removals;
