//! Valkey, where it can be had: not every release of Debian has it, so here alone CI may do without.

use backend_redis::RedisBuilder;
use cache_testkit::conformance::{cases, run_case};
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

#[test]
fn every_case_of_the_suite() {
    match Valkey::start() {
        Ok(_) => {}
        Err(why) if why.is_demanded() => panic!("{why}"),
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    }
    let failures: Vec<String> = cases()
        .iter()
        .filter_map(|case| run_case(On::<Valkey>::default(), case).err())
        .map(|failure| failure.to_string())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
