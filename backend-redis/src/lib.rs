#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod config;

mod backend;
mod builder;
mod error;

mod link;
mod reply;
mod script;

mod batch;
mod scan;

mod counters;

pub use backend::RedisBackend;
pub use builder::RedisBuilder;
pub use cache_core::Secret;
pub use config::RedisConfig;
