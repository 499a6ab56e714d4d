#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod namespace;
mod servers;

pub mod sled_script;
pub mod steps;
pub mod version_script;

pub use namespace::namespace_of_its_own;
pub use servers::{
    Image, Node, RedisCluster, RedisSentinel, RedisServer, RedisTls, SharedCluster, SharedSentinel,
    Unavailable, Way, keep,
};
