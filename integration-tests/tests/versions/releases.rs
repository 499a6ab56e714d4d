//! Releases of one application: a type that changed, under one domain name, behind one interface.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, DomainSpec, domain};
use integration_tests::{RedisServer, namespace_of_its_own};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What the application looks up: a number per id, which only grows.
#[derive(Debug, Default)]
pub(crate) struct Source([AtomicU64; Self::IDS]);

impl Source {
    pub(crate) const IDS: usize = 8;

    pub(crate) fn now(&self, id: usize) -> u64 {
        self.0[id].load(SeqCst)
    }

    /// Changes what is upstream.
    pub(crate) fn grow(&self, id: usize) -> u64 {
        self.0[id].fetch_add(1, SeqCst) + 1
    }
}

/// A type that keeps the number, in whatever shape.
pub(crate) trait Keeps: Cacheable + Serialize + DeserializeOwned {
    fn of(number: u64) -> Self;
    fn number(&self) -> u64;
}

/// As it was first.
#[derive(Cacheable, Debug, Serialize, Deserialize)]
#[cacheable(domain = "character", ttl = "1h")]
pub(crate) struct First {
    number: u64,
    corporation: u32,
}

impl Keeps for First {
    fn of(number: u64) -> Self {
        Self {
            number,
            corporation: 7,
        }
    }

    fn number(&self) -> u64 {
        assert_eq!(self.corporation, 7, "decoded from other fields");
        self.number
    }
}

/// Two fields have changed places, which no codec without names could see.
#[derive(Cacheable, Debug, Serialize, Deserialize)]
#[cacheable(domain = "character", ttl = "1h")]
pub(crate) struct Swapped {
    corporation: u32,
    number: u64,
}

impl Keeps for Swapped {
    fn of(number: u64) -> Self {
        Self {
            corporation: 9,
            number,
        }
    }

    fn number(&self) -> u64 {
        assert_eq!(self.corporation, 9, "decoded from other fields");
        self.number
    }
}

/// The later type, which takes over values of the first.
pub(crate) fn migrated() -> DomainSpec<Swapped> {
    domain::<Swapped>().migrate_from(|before: First| Swapped::of(before.number()))
}

/// What the application does with one domain.
#[async_trait]
pub(crate) trait Release: Send + Sync {
    async fn get(&self, id: usize) -> Option<u64>;
    async fn get_all(&self) -> Vec<Option<u64>>;
    async fn load(&self, id: usize, source: &Arc<Source>) -> u64;
    async fn put(&self, id: usize, number: u64);
    async fn put_many(&self, items: &[(usize, u64)]);
    async fn update(&self, id: usize, number: u64);
    async fn invalidate(&self, id: usize);
    async fn invalidate_many(&self, ids: &[usize]);
    async fn expire(&self, id: usize);
    async fn clear(&self);
    async fn close(&self);
    fn loads(&self) -> u64;
}

/// The configuration that all processes on one server have.
pub(crate) fn on(server: &RedisServer) -> CacheConfig {
    let url = format!("redis://{}:{}", server.host(), server.port());
    let mut config = CacheConfig::from_url(&url).unwrap();
    config.namespace = namespace_of_its_own("versions");
    config.deadline = Duration::from_secs(1);
    config
}

/// A process of a release.
pub(crate) struct Process<T> {
    cache: Cache,
    domain: Domain<T>,
}

/// Starts a process of a release.
pub(crate) fn start<T: Keeps>(config: &CacheConfig, release: &str) -> Box<dyn Release> {
    start_with(config, release, domain::<T>())
}

/// The same, with a domain of its own making.
pub(crate) fn start_with<T: Keeps>(
    config: &CacheConfig,
    release: &str,
    spec: DomainSpec<T>,
) -> Box<dyn Release> {
    let builder = Cache::builder().config(config.clone()).release(release);
    let cache = builder.domain(spec).build().unwrap();
    let domain = cache.domain::<T>().unwrap();
    Box::new(Process { cache, domain })
}

#[async_trait]
impl<T: Keeps> Release for Process<T> {
    async fn get(&self, id: usize) -> Option<u64> {
        let found = self.domain.get(id as u64).await.unwrap();
        found.map(|value| value.number())
    }

    async fn get_all(&self) -> Vec<Option<u64>> {
        let found = self.domain.get_many(0..Source::IDS as u64).await;
        let numbers = found.into_iter().map(|found| found.unwrap());
        numbers
            .map(|found| found.map(|value| value.number()))
            .collect()
    }

    async fn load(&self, id: usize, source: &Arc<Source>) -> u64 {
        let source = Arc::clone(source);
        let load = move |_| async move {
            let number = source.now(id);
            // The upstream takes its time.
            tokio::task::yield_now().await;
            Ok::<_, io::Error>(T::of(number))
        };
        let loaded = self.domain.get_or_load_with(id as u64, load).await;
        loaded.unwrap().unwrap().number()
    }

    async fn put(&self, id: usize, number: u64) {
        self.domain.put(id as u64, T::of(number)).await.unwrap();
    }

    async fn put_many(&self, items: &[(usize, u64)]) {
        let items = items.iter();
        let items: Vec<_> = items
            .map(|(id, number)| (*id as u64, T::of(*number)))
            .collect();
        for put in self.domain.put_many(items).await {
            put.unwrap();
        }
    }

    async fn update(&self, id: usize, number: u64) {
        let updated = self.domain.update(id as u64, |_| Some(T::of(number)));
        updated.await.unwrap();
    }

    async fn invalidate(&self, id: usize) {
        self.domain.invalidate(id as u64).await.unwrap();
    }

    async fn invalidate_many(&self, ids: &[usize]) {
        let ids: Vec<_> = ids.iter().map(|id| *id as u64).collect();
        for removed in self.domain.invalidate_many(ids).await {
            removed.unwrap();
        }
    }

    async fn expire(&self, id: usize) {
        self.domain.expire(id as u64).await.unwrap();
    }

    async fn clear(&self) {
        self.domain.clear().await.unwrap();
    }

    async fn close(&self) {
        self.cache.close().await.unwrap();
    }

    fn loads(&self) -> u64 {
        self.domain.stats().loads
    }
}
