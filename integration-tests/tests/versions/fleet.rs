//! A store, a clock that is moved by hand, and processes of releases on them.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{AnyBackend, Judge};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, DomainSpec, domain};
use cache_testkit::ManualClock;
use integration_tests::RedisServer;

use crate::releases::{First, Keeps, on};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Until values are taken over to an address that is new.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

pub(crate) struct Fleet {
    pub(crate) config: CacheConfig,
    pub(crate) clock: ManualClock,
    pub(crate) server: Option<RedisServer>,
    _directory: Option<tempfile::TempDir>,
}

impl Fleet {
    pub(crate) fn on_redis() -> Self {
        let server = RedisServer::start().unwrap();
        Self {
            config: on(&server),
            clock: ManualClock::default(),
            server: Some(server),
            _directory: None,
        }
    }

    pub(crate) fn on_sled() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sled://{}/cache", directory.path().display());
        Self {
            config: CacheConfig::from_url(&url).unwrap(),
            clock: ManualClock::default(),
            server: None,
            _directory: Some(directory),
        }
    }

    pub(crate) fn start<T: Keeps>(&self, release: &str, spec: DomainSpec<T>) -> (Cache, Domain<T>) {
        let builder = Cache::builder()
            .config(self.config.clone())
            .release(release);
        let builder = builder.clock(Arc::new(self.clock.clone())).domain(spec);
        let cache = builder.build().unwrap();
        let domain = cache.domain::<T>().unwrap();
        (cache, domain)
    }

    /// Starts a release at a new address, and waits until it takes over: changes that do not know of it have to end first.
    pub(crate) async fn start_settled<T: Keeps>(
        &self,
        release: &str,
        spec: DomainSpec<T>,
    ) -> (Cache, Domain<T>) {
        let (cache, domain) = self.start(release, spec);
        assert!(domain.get(u64::MAX).await.unwrap().is_none());
        self.clock.advance(SETTLED);
        (cache, domain)
    }

    /// Ids 0 to 9, put by 1.4.0, each fresh for an hour.
    pub(crate) async fn filled_by_the_first(&self) {
        let (cache, characters) = self.start("1.4.0", domain::<First>());
        for put in characters
            .put_many((0..10_u64).map(|id| (id, First::of(id))))
            .await
        {
            put.unwrap();
        }
        cache.close().await.unwrap();
    }

    /// The store below any cache, on a server.
    pub(crate) fn store(&self) -> AnyBackend {
        let judge = Judge::new(Arc::new(self.clock.clone()), self.config.clock_tolerance);
        self.config.open_backend(&judge).unwrap()
    }
}
