//! Valkey, where it can be had.

use backend_redis::RedisBuilder;
use integration_tests::{RedisServer, Unavailable};
use redis::Connection;

use crate::setup::{On, Place};

struct Valkey(RedisServer);

impl Place for Valkey {
    fn start() -> Result<Self, Unavailable> {
        RedisServer::valkey().map(Self)
    }

    fn reached(&self, builder: RedisBuilder) -> RedisBuilder {
        self.0.reached(builder)
    }

    fn connections(&self) -> Vec<Result<Connection, Unavailable>> {
        self.0.connections()
    }
}

cache_testkit::conformance!(On::<Valkey>::default());
