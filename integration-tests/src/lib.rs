#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod servers;

pub use servers::{
    Image, Node, RedisCluster, RedisSentinel, RedisServer, RedisTls, SharedCluster, SharedSentinel,
    Unavailable, Way, keep,
};
