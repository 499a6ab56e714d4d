#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod config;

mod backend;
mod builder;
mod error;

mod store;
mod stripes;

mod held;
mod lookup;

mod ledger;
mod slots;
mod spaces;

mod clear;
mod pace;
mod scan;

mod sweep;
mod sweeper;

mod counters;

pub use backend::MokaBackend;
pub use builder::MokaBuilder;
pub use config::{Capacity, MokaConfig, Policy};
