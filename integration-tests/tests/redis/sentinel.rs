//! The master that three sentinels watch; the cases share it.

use std::net::SocketAddr;

use backend_redis::{RedisBuilder, SentinelConfig, Server, Topology};
use integration_tests::{SharedSentinel, Unavailable};
use redis::{Connection, cmd};

use crate::alone::connect;
use crate::setup::{On, Place};

impl Place for SharedSentinel {
    fn start() -> Result<Self, Unavailable> {
        Self::join()
    }

    fn reached(&self, builder: RedisBuilder) -> RedisBuilder {
        let servers = self.sentinels().iter();
        let servers = servers.map(|address| Server::new(address.ip().to_string(), address.port()));
        let sentinel = SentinelConfig::new(servers.collect(), self.master_name());
        builder.topology(Topology::Sentinel(sentinel))
    }

    fn connections(&self) -> Vec<Result<Connection, Unavailable>> {
        let masters = self.sentinels().iter();
        masters
            .map(|sentinel| master(*sentinel, self.master_name()))
            .collect()
    }
}

/// Connects to the master that a sentinel names.
fn master(sentinel: SocketAddr, name: &str) -> Result<Connection, Unavailable> {
    let mut connection = connect(&sentinel.ip().to_string(), sentinel.port())?;
    let mut question = cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    let (host, port): (String, u16) = question.query(&mut connection)?;
    connect(&host, port)
}

cache_testkit::conformance!(On::<SharedSentinel>::default());
