#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod config;

mod backend;
mod builder;
mod error;

mod blocking;
mod patience;

mod gather;
mod store;
mod stripes;
mod write;

mod engine;
mod ledger;
mod place;
mod record;

mod limit;
mod sweep;
mod sweeper;

mod clear;
mod scan;
mod walk;

mod counters;

mod dir;
mod names;
mod open;
mod room;

pub use backend::SledBackend;
pub use builder::SledBuilder;
pub use config::{Reads, SledConfig};
pub use names::holds_store;

#[cfg(test)]
mod tests;
