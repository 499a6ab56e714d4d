//! The fence across processes: two caches over one Redis server know nothing of each other but what stands there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, domain};
use integration_tests::{RedisServer, namespace_of_its_own};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::timeout;

#[derive(Cacheable, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "1h")]
struct System {
    name: String,
}

fn system(name: &str) -> System {
    System { name: name.into() }
}

/// A server, and the namespace of one test there.
struct Place {
    server: RedisServer,
    namespace: String,
}

/// One of several nodes: a cache of its own, with a connection of its own.
struct Node {
    systems: Domain<System>,
    _cache: Cache,
}

impl Node {
    fn on(place: &Place) -> Self {
        let deadline = Duration::from_secs(5);
        let backend = RedisBackend::builder()
            .server(place.server.host(), place.server.port())
            .deadline(deadline)
            .build();
        let mut config = CacheConfig::default();
        config.namespace.clone_from(&place.namespace);
        config.deadline = deadline;
        let cache = Cache::builder()
            .config(config)
            .backend(backend.unwrap())
            .domain(domain::<System>())
            .build()
            .unwrap();
        Self {
            systems: cache.domain::<System>().unwrap(),
            _cache: cache,
        }
    }

    async fn load(&self, id: u64, name: &'static str) -> System {
        let load = move |_| async move { Ok::<_, io::Error>(system(name)) };
        let found = self.systems.get_or_load_with(id, load).await.unwrap();
        System {
            name: found.unwrap().name.clone(),
        }
    }

    async fn stored(&self, id: u64) -> Option<String> {
        let found = self.systems.get(id).await.unwrap();
        found.map(|system| system.name.clone())
    }

    async fn fenced(&self) -> u64 {
        self.systems.stats().fenced
    }
}

/// A load that stands still until it is told to go on.
#[derive(Clone, Default)]
struct Held {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Held {
    /// Starts the load in a task; returns when its loader runs, so when its lease stands.
    async fn start(
        &self,
        node: &Node,
        id: u64,
        name: &'static str,
    ) -> tokio::task::JoinHandle<String> {
        let (systems, held) = (node.systems.clone(), self.clone());
        let task = tokio::spawn(async move {
            let load = move |_| async move {
                held.begun.notify_one();
                held.go_on.notified().await;
                Ok::<_, io::Error>(system(name))
            };
            let found = systems.get_or_load_with(id, load).await.unwrap();
            found.unwrap().name.clone()
        });
        self.begun.notified().await;
        task
    }
}

/// The addresses under which something stands.
async fn raw_keys(place: &Place) -> Vec<String> {
    let mut connection = connect(&place.server).await;
    redis::cmd("KEYS")
        .arg(format!("{}:*", place.namespace))
        .query_async(&mut connection)
        .await
        .unwrap()
}

async fn connect(server: &RedisServer) -> redis::aio::MultiplexedConnection {
    redis::Client::open((server.host(), server.port()))
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap()
}

fn nodes() -> (Place, Node, Node) {
    let server = match RedisServer::start() {
        Ok(server) => server,
        Err(why) => panic!("{why}"),
    };
    let place = Place {
        server,
        namespace: namespace_of_its_own("leases"),
    };
    let (a, b) = (Node::on(&place), Node::on(&place));
    (place, a, b)
}

#[tokio::test]
async fn who_misses_a_key_that_another_loads_gets_what_that_one_stores() {
    let (_place, a, b) = nodes();
    let held = Held::default();
    let first = held.start(&a, 7, "Jita").await;
    let called = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&called);
    let second = b.systems.get_or_load_with(7, move |_| async move {
        count.fetch_add(1, SeqCst);
        Ok::<_, io::Error>(system("Amarr"))
    });
    let mut second = std::pin::pin!(second);
    // It waits: the lease is somebody else's.
    assert!(
        timeout(Duration::from_millis(100), second.as_mut())
            .await
            .is_err()
    );
    held.go_on.notify_one();
    assert_eq!(first.await.unwrap(), "Jita");
    let second = second.await.unwrap().unwrap();
    assert_eq!((second.name.as_str(), called.load(SeqCst)), ("Jita", 0));
}

#[tokio::test]
async fn a_key_deleted_by_any_client_keeps_the_load_out() {
    let (place, a, b) = nodes();
    let held = Held::default();
    let load = held.start(&a, 7, "before").await;
    let keys = raw_keys(&place).await;
    assert_eq!(keys.len(), 1, "the lease");
    let mut connection = connect(&place.server).await;
    let deleted: i64 = redis::cmd("DEL")
        .arg(&keys)
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(deleted, 1);
    held.go_on.notify_one();
    assert_eq!(load.await.unwrap(), "before");
    assert_eq!((a.stored(7).await, b.stored(7).await), (None, None));
    assert_eq!(a.fenced().await, 1);
    assert!(raw_keys(&place).await.is_empty());
}

#[tokio::test]
async fn a_change_on_another_node_keeps_the_load_out() {
    for change in ["invalidate", "put", "update", "expire", "clear"] {
        let (_place, a, b) = nodes();
        let held = Held::default();
        let load = held.start(&a, 7, "before").await;
        let expected = match change {
            "invalidate" => b.systems.invalidate(7).await.map(|_| None),
            "put" => b
                .systems
                .put(7, system("after"))
                .await
                .map(|_| Some("after")),
            "update" => {
                let changed = b.systems.update(7, |_| Some(system("after"))).await;
                changed.map(|_| Some("after"))
            }
            "expire" => b.systems.expire(7).await.map(|_| None),
            _ => b.systems.clear().await.map(|()| None),
        };
        held.go_on.notify_one();
        assert_eq!(load.await.unwrap(), "before", "{change}");
        let expected = expected.unwrap().map(str::to_owned);
        assert_eq!(a.stored(7).await, expected, "{change}");
        assert_eq!(b.stored(7).await, expected, "{change}");
        assert_eq!(a.fenced().await, 1, "{change}");
    }
}

#[tokio::test]
async fn a_failed_load_takes_its_lease_away() {
    let (place, a, b) = nodes();
    let failed = |_| async { Err::<System, _>(io::Error::other("no answer")) };
    assert!(a.systems.get_or_load_with(7, failed).await.is_err());
    assert!(raw_keys(&place).await.is_empty());
    // Nobody has to wait for the end of a lease.
    assert_eq!(b.load(7, "Jita").await, system("Jita"));
    assert_eq!(a.stored(7).await.as_deref(), Some("Jita"));
}

#[tokio::test]
async fn two_nodes_that_miss_one_key_again_and_again_store_it() {
    let (_place, a, b) = nodes();
    for round in 0..50 {
        let (one, other) = tokio::join!(a.load(round, "Jita"), b.load(round, "Jita"));
        assert_eq!((one, other), (system("Jita"), system("Jita")));
        assert_eq!(a.stored(round).await.as_deref(), Some("Jita"), "{round}");
    }
    let loads = a.systems.stats().loads + b.systems.stats().loads;
    assert_eq!(loads, 50, "one load for both nodes");
}
