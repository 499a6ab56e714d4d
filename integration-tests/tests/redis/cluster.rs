//! A cluster of three masters and three replicas, which the cases share.

use backend_redis::{RedisBuilder, Server, Topology};
use integration_tests::{SharedCluster, Unavailable};
use redis::Connection;

use crate::alone::connect;
use crate::setup::{On, Place};

impl Place for SharedCluster {
    fn start() -> Result<Self, Unavailable> {
        Self::join()
    }

    fn reached(&self, builder: RedisBuilder) -> RedisBuilder {
        // One of them is enough: it names the others.
        let seeds = self.addresses().iter().take(1);
        let seeds = seeds.map(|address| Server::new(address.ip().to_string(), address.port()));
        builder.topology(Topology::Cluster(seeds.collect()))
    }

    fn connections(&self) -> Vec<Result<Connection, Unavailable>> {
        let nodes = self.addresses().iter();
        nodes
            .map(|address| connect(&address.ip().to_string(), address.port()))
            .collect()
    }
}

cache_testkit::conformance!(On::<SharedCluster>::default());
