//! Renewals of leases on a real Redis server, in paused time: what a load learns while it runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_core::{ErrorKind, Judge, Layer, Operation};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, domain};
use cache_testkit::{Fault, FaultLayer, Faults, PausedClock};
use integration_tests::steps::{Stepped, Steps, StillTime};
use integration_tests::{RedisServer, namespace_of_its_own};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

#[derive(Cacheable, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "1h")]
struct System {
    name: String,
}

fn system(name: &str) -> System {
    System { name: name.into() }
}

/// A third of a lease and a little more: each lease is renewed once.
const THIRD: Duration = Duration::from_millis(1_700);

/// Longer than the patience of who meets a lease.
const PATIENCE: Duration = Duration::from_millis(1_010);

/// A server and the time, which moves by [`Steps::pass`] alone.
struct Place {
    server: RedisServer,
    namespace: String,
    steps: Steps,
    clock: PausedClock,
    _still: StillTime,
}

impl Place {
    fn new() -> Self {
        let server = match RedisServer::start() {
            Ok(server) => server,
            Err(why) => panic!("{why}"),
        };
        let steps = Steps::default();
        // Nobody stops here; the steps count the renewals.
        steps.open();
        Self {
            server,
            namespace: namespace_of_its_own("renewals"),
            steps,
            clock: PausedClock::default(),
            _still: StillTime::new(Duration::from_secs(20)),
        }
    }

    fn node(&self, name: &'static str) -> Node {
        let backend = RedisBackend::builder()
            .server(self.server.host(), self.server.port())
            .judge(Judge::new(Arc::new(self.clock), Judge::DEFAULT_TOLERANCE))
            .deadline(Duration::from_secs(60))
            // The server's time goes on while ours stands still.
            .expiry_slack(Duration::from_secs(3_600));
        let faults = Faults::default();
        let faulty = FaultLayer::new(&faults).layer(backend.build().unwrap());
        let mut config = CacheConfig::default();
        config.namespace.clone_from(&self.namespace);
        config.deadline = Duration::from_secs(60);
        let cache = Cache::builder()
            .config(config)
            .clock(Arc::new(self.clock))
            .backend(Stepped::new(faulty, &self.steps.actor(name)))
            .domain(domain::<System>())
            .build()
            .unwrap();
        Node {
            systems: cache.domain::<System>().unwrap(),
            faults,
            calls: Arc::default(),
            _cache: cache,
        }
    }
}

struct Node {
    systems: Domain<System>,
    faults: Faults,
    /// How often its loaders were called.
    calls: Arc<AtomicU64>,
    _cache: Cache,
}

impl Node {
    /// Starts a load whose loader waits for `go_on`.
    fn load(&self, name: &'static str, go_on: &Arc<Notify>) -> JoinHandle<String> {
        let (systems, calls, go_on) = (
            self.systems.clone(),
            Arc::clone(&self.calls),
            Arc::clone(go_on),
        );
        tokio::spawn(async move {
            let load = move |_| async move {
                calls.fetch_add(1, SeqCst);
                go_on.notified().await;
                Ok::<_, io::Error>(system(name))
            };
            let found = systems.get_or_load_with(7, load).await.unwrap();
            found.unwrap().name.clone()
        })
    }

    async fn load_at_once(&self, name: &'static str) -> String {
        self.load(name, &at_once()).await.unwrap()
    }

    async fn has_called(&self, times: u64) {
        while self.calls.load(SeqCst) < times {
            tokio::task::yield_now().await;
        }
    }

    async fn stored(&self) -> Option<String> {
        let found = self.systems.get(7).await.unwrap();
        found.map(|system| system.name.clone())
    }

    fn fenced(&self) -> u64 {
        self.systems.stats().fenced
    }

    async fn change(&self, change: &str) {
        match change {
            "invalidate" => drop(self.systems.invalidate(7).await.unwrap()),
            "put" => self.systems.put(7, system("put")).await.unwrap(),
            "update" => {
                let to = |_: Option<&System>| Some(system("put"));
                drop(self.systems.update(7, to).await.unwrap());
            }
            "expire" => drop(self.systems.expire(7).await.unwrap()),
            _ => self.systems.clear().await.unwrap(),
        }
    }
}

/// For a loader that does not wait.
fn at_once() -> Arc<Notify> {
    let go_on = Arc::new(Notify::new());
    go_on.notify_one();
    go_on
}

#[tokio::test(start_paused = true)]
async fn a_refused_renewal_fences_the_load() {
    for change in ["invalidate", "put", "update", "expire", "clear"] {
        let place = Place::new();
        let (a, b) = (place.node("A"), place.node("B"));
        let go_on = Arc::new(Notify::new());
        let load = a.load("before", &go_on);
        a.has_called(1).await;
        b.change(change).await;
        place.steps.pass(THIRD).await.unwrap();
        assert_eq!(place.steps.renewals(), 1, "{change}");
        go_on.notify_one();
        assert_eq!(load.await.unwrap(), "before", "{change}");
        assert_eq!(a.fenced(), 1, "{change}");
        // Nothing was sent to the store but the lease.
        assert_eq!(a.faults.calls(Operation::Put), 1, "{change}");
        let stored = matches!(change, "put" | "update").then_some("put");
        assert_eq!(b.stored().await.as_deref(), stored, "{change}");
        assert_eq!(a.stored().await.as_deref(), stored, "{change}");
    }
}

/// A node learns of a change elsewhere by its next renewal: so long a caller may join a load that began before the change.
#[tokio::test(start_paused = true)]
async fn after_a_refused_renewal_nobody_joins_the_load_from_before() {
    let place = Place::new();
    let (a, b) = (place.node("A"), place.node("B"));
    let go_on = Arc::new(Notify::new());
    let load = a.load("before", &go_on);
    a.has_called(1).await;
    b.change("invalidate").await;
    let joined = a.load("joined", &go_on);
    while a.systems.stats().waiters < 1 {
        tokio::task::yield_now().await;
    }
    place.steps.pass(THIRD).await.unwrap();
    // The flight has left the table: this caller opens one of its own, and that one is stored.
    assert_eq!(a.load_at_once("after").await, "after");
    go_on.notify_one();
    assert_eq!(load.await.unwrap(), "before");
    assert_eq!(joined.await.unwrap(), "before");
    assert_eq!((a.calls.load(SeqCst), a.fenced()), (2, 1));
    assert_eq!(b.stored().await.as_deref(), Some("after"));
}

#[tokio::test(start_paused = true)]
async fn a_renewed_lease_keeps_others_from_storing_for_as_long_as_the_load_takes() {
    let place = Place::new();
    let (a, b) = (place.node("A"), place.node("B"));
    let go_on = Arc::new(Notify::new());
    let load = a.load("slow", &go_on);
    a.has_called(1).await;
    for lease in 1..=4 {
        for _ in 0..3 {
            place.steps.pass(THIRD).await.unwrap();
        }
        let tries = b.faults.calls(Operation::Put);
        let impatient = b.load("mine", &at_once());
        while b.faults.calls(Operation::Put) == tries {
            tokio::task::yield_now().await;
        }
        place.steps.pass(PATIENCE).await.unwrap();
        assert_eq!(impatient.await.unwrap(), "mine");
        assert_eq!(b.stored().await, None, "after {lease} leases");
    }
    assert!(place.steps.renewals() >= 12);
    go_on.notify_one();
    assert_eq!(load.await.unwrap(), "slow");
    assert_eq!(b.stored().await.as_deref(), Some("slow"));
    assert_eq!((a.fenced(), b.fenced()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_without_an_answer_is_sent_again() {
    let place = Place::new();
    let (a, b) = (place.node("A"), place.node("B"));
    let go_on = Arc::new(Notify::new());
    let load = a.load("slow", &go_on);
    a.has_called(1).await;
    for _ in 0..6 {
        a.faults
            .next(Operation::Retime, Fault::Error(ErrorKind::Unavailable));
        place.steps.pass(THIRD).await.unwrap();
        place.steps.pass(THIRD).await.unwrap();
    }
    assert_eq!(a.faults.calls(Operation::Retime), 12);
    go_on.notify_one();
    assert_eq!(load.await.unwrap(), "slow");
    assert_eq!(b.stored().await.as_deref(), Some("slow"));
}

#[tokio::test(start_paused = true)]
async fn a_load_whose_renewals_never_arrive_gives_way_after_a_lease() {
    let place = Place::new();
    let (a, b) = (place.node("A"), place.node("B"));
    a.faults
        .set(Operation::Retime, Fault::Error(ErrorKind::Unavailable));
    let go_on = Arc::new(Notify::new());
    let load = a.load("slow", &go_on);
    a.has_called(1).await;
    for _ in 0..3 {
        place.steps.pass(THIRD).await.unwrap();
    }
    assert_eq!(b.load_at_once("quick").await, "quick");
    assert_eq!(a.stored().await.as_deref(), Some("quick"));
    go_on.notify_one();
    assert_eq!(load.await.unwrap(), "slow");
    assert_eq!(
        (b.stored().await.as_deref(), a.fenced()),
        (Some("quick"), 1)
    );
}
