#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod config;
mod server;
mod tls;

mod backend;
mod builder;
mod error;
mod failure;

mod dial;
mod gather;
mod line;
mod reach;

mod cluster;
mod guide;
mod map;
mod sentinel;
mod turn;

mod at;
mod exchange;
mod link;
mod reply;
mod script;

mod batch;
mod scan;
mod stats;
mod walk;

mod counters;
mod foreign;

pub use backend::RedisBackend;
pub use builder::RedisBuilder;
pub use cache_core::Secret;
pub use config::{RedisConfig, SentinelConfig, Topology};
pub use foreign::{ForeignKeys, ForeignRemoved, ForeignValue};
pub use server::Server;
pub use tls::TlsConfig;
