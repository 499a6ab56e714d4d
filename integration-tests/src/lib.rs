//! Real servers for tests. Each lives as long as its guard, listens on loopback only, and is ended by its own process id.

#![forbid(unsafe_code)]

mod redis_server;

pub use redis_server::{RedisServer, Unavailable};
