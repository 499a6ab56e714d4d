//! One server.

use backend_redis::RedisBuilder;
use integration_tests::{RedisServer, Unavailable};
use redis::{Client, Connection};

use crate::setup::{Erased, On, Place};

impl Place for RedisServer {
    fn start() -> Result<Self, Unavailable> {
        Self::start()
    }

    fn reached(&self, builder: RedisBuilder) -> RedisBuilder {
        builder.server(self.host(), self.port())
    }

    fn connections(&self) -> Vec<Result<Connection, Unavailable>> {
        vec![connect(self.host(), self.port())]
    }
}

pub(crate) fn connect(host: &str, port: u16) -> Result<Connection, Unavailable> {
    Ok(Client::open((host, port))?.get_connection()?)
}

mod bare {
    cache_testkit::conformance!(super::On::<super::RedisServer>::default());
}

mod erased {
    cache_testkit::conformance!(super::Erased::<super::RedisServer>::default());
}
