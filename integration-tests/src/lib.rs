#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod servers;
pub mod sled_script;
pub mod steps;

pub use servers::{
    Image, Node, RedisCluster, RedisSentinel, RedisServer, RedisTls, SharedCluster, SharedSentinel,
    Unavailable, Way, keep,
};
