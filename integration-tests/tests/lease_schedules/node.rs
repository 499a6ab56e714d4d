//! A node: a cache of its own over the one server, whose operations are steps of an actor.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, PutOptions, Ttl, domain};
use cache_testkit::PausedClock;
use integration_tests::steps::{Actor, Stepped};
use serde::{Deserialize, Serialize};

/// What a node read from the source of truth, and which node that was: so that every value is known by its origin.
#[derive(Cacheable, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cacheable(domain = "reading", ttl = "1h")]
pub(crate) struct Reading {
    pub(crate) truth: u64,
    pub(crate) by: String,
}

pub(crate) fn reading(truth: u64, by: &str) -> Reading {
    Reading {
        truth,
        by: by.to_owned(),
    }
}

/// The source of truth: 0 before the change, 1 from just before it on.
pub(crate) type Truth = Arc<AtomicU64>;

/// What a node does wrong, to prove that the exploration finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    NoLeases,
    UnconditionalPublish,
    LostRenewals,
}

pub(crate) struct Node {
    pub(crate) readings: Domain<Reading>,
    pub(crate) actor: Actor,
    _cache: Cache,
}

impl Node {
    pub(crate) fn new(
        backend: &RedisBackend,
        actor: Actor,
        (namespace, clock): (&str, PausedClock),
        fault: Fault,
    ) -> Self {
        let stepped = Stepped::new(backend.clone(), &actor);
        let stepped = match fault {
            Fault::None => stepped,
            Fault::NoLeases => stepped.without_leases(),
            Fault::UnconditionalPublish => stepped.without_conditions(),
            Fault::LostRenewals => stepped.without_renewals(),
        };
        let mut config = CacheConfig::default();
        config.namespace = namespace.to_owned();
        // Longer than all time that passes in a schedule: a stop before an operation is no silence of the server.
        config.deadline = Duration::from_secs(60);
        let cache = Cache::builder()
            .config(config)
            .clock(Arc::new(clock))
            .backend(stepped)
            .domain(domain::<Reading>())
            .build()
            .unwrap();
        Self {
            readings: cache.domain::<Reading>().unwrap(),
            actor,
            _cache: cache,
        }
    }

    /// Loads an id by reading the truth, which is a step of its own; a slow loader stops once more before it returns that.
    pub(crate) async fn load(
        &self,
        id: u64,
        by: &'static str,
        truth: &Truth,
        is_slow: bool,
    ) -> Answer {
        let loaded = Arc::new(std::sync::OnceLock::new());
        let (actor, truth, made) = (self.actor.clone(), Arc::clone(truth), Arc::clone(&loaded));
        let load = move |_| async move {
            actor.step("read the truth").await;
            let reading = reading(truth.load(SeqCst), by);
            made.set(reading.clone()).unwrap();
            if is_slow {
                actor.step("return it").await;
            }
            Ok::<_, io::Error>(reading)
        };
        let found = self.readings.get_or_load_with(id, load).await.unwrap();
        Answer {
            by,
            value: (*found.unwrap()).clone(),
            loaded: loaded.get().cloned(),
        }
    }

    pub(crate) async fn get(&self, id: u64) -> Option<Reading> {
        let found = self.readings.get(id).await.unwrap();
        found.map(|reading| (*reading).clone())
    }

    /// Stores a value whose freshness ends as soon as time moves, and which is stale for long.
    pub(crate) async fn put_short(&self, id: u64, value: Reading) {
        let short = PutOptions::new()
            .ttl(Ttl::After(Duration::from_millis(1)))
            .stale_for(Duration::from_secs(3_600));
        self.readings.put_with(id, value, short).await.unwrap();
    }
}

/// What a caller got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) by: &'static str,
    pub(crate) value: Reading,
    /// What the caller's own loader returned, if it was called.
    pub(crate) loaded: Option<Reading>,
}
