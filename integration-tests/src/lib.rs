//! Real servers for tests. Each lives as long as its guard, listens on loopback only, and is ended by its own process id.
//!
//! | guard | what it starts |
//! |---|---|
//! | [`RedisServer`] | one server: the one of `CACHE_TEST_REDIS_URL`, a container, or a local process |
//! | [`RedisCluster`] | six processes: three masters, a replica each |
//! | [`RedisSentinel`] | a master, two replicas, three Sentinels |
//! | [`RedisTls`] | a server that speaks TLS alone, asks for a client's certificate, and knows one limited user |
//!
//! What takes long to start is also there as [`SharedCluster`] and [`SharedSentinel`]: the tests of one run share one, each
//! under a namespace of its own.

#![forbid(unsafe_code)]

mod servers;

pub use servers::{
    Image, Node, RedisCluster, RedisSentinel, RedisServer, RedisTls, SharedCluster, SharedSentinel,
    Unavailable, Way, keep,
};
