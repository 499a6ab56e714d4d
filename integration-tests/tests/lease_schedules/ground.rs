//! What all schedules of an exploration share: one server, a connection per node, the time.

use std::sync::Arc;
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_core::Judge;
use cache_testkit::PausedClock;
use integration_tests::steps::{Actor, Steps, StillTime};
use integration_tests::{RedisServer, namespace_of_its_own};

use crate::change::Raw;
use crate::node::{Fault, Node, reading};

/// The nodes: two that load, one that changes, one that reads after every step.
pub(crate) const NODES: [&str; 4] = ["A", "B", "C", "D"];

/// How long an exploration may take; past that, it fails.
const LONGEST: Duration = Duration::from_secs(300);

pub(crate) struct Ground {
    backends: [RedisBackend; 4],
    namespace: String,
    clock: PausedClock,
    pub(crate) raw: Raw,
    _still: StillTime,
    _server: RedisServer,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let server = match RedisServer::start() {
            Ok(server) => server,
            Err(why) => panic!("{why}"),
        };
        let still = StillTime::new(LONGEST);
        let clock = PausedClock::default();
        let judge = Judge::new(Arc::new(clock), Judge::DEFAULT_TOLERANCE);
        let backends = NODES.map(|_| {
            let backend = RedisBackend::builder()
                .server(server.host(), server.port())
                .judge(judge.clone())
                .deadline(Duration::from_secs(60))
                // The server's time goes on while ours stands still.
                .expiry_slack(Duration::from_secs(3_600));
            backend.build().unwrap()
        });
        let client = redis::Client::open((server.host(), server.port())).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut ground = Self {
            backends,
            namespace: namespace_of_its_own("schedules"),
            clock,
            raw: Raw {
                connection,
                prefix: String::new(),
            },
            _still: still,
            _server: server,
        };
        ground.learn_the_address().await;
        ground
    }

    pub(crate) fn node(&self, index: usize, actor: Actor, fault: Fault) -> Node {
        let place = (self.namespace.as_str(), self.clock);
        Node::new(&self.backends[index], actor, place, fault)
    }

    async fn learn_the_address(&mut self) {
        let steps = Steps::default();
        steps.open();
        let node = self.node(3, steps.actor("D"), Fault::None);
        node.readings.put(0, reading(0, "D")).await.unwrap();
        let mut keys = redis::cmd("KEYS");
        keys.arg(format!("{}:*", self.namespace));
        let keys: Vec<String> = keys.query_async(&mut self.raw.connection).await.unwrap();
        assert_eq!(keys.len(), 1);
        keys[0]
            .strip_suffix('0')
            .unwrap()
            .clone_into(&mut self.raw.prefix);
        self.raw.delete(0).await;
    }
}
