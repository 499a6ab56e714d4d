//! The documents say what the code says: generated tables, names of tests and cases, examples of configuration, links.
//!
//! With `BLESS=1` in the environment, generated tables are written instead of compared.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod files;
mod markdown;

mod configuration;
mod crates;
mod links;
mod monitoring;
mod names;
mod semantics;
mod tables;
