//! A store, a clock that is moved by hand, and processes of releases on them.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    AnyBackend, Backend, Condition, Entry, Epoch, Found, Judge, Key, OwnedKey, Schema, Space,
};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, DomainSpec, domain};
use cache_testkit::ManualClock;
use integration_tests::RedisServer;

use crate::releases::{First, Keeps, on};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Until values are taken over to an address that is new.
pub(crate) const SETTLED: Duration = Duration::from_secs(4);

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

    /// On a server of its own, whose memory a test takes away.
    pub(crate) fn on_full_redis() -> Self {
        let server = RedisServer::local().unwrap();
        Self {
            config: on(&server),
            clock: ManualClock::default(),
            server: Some(server),
            _directory: None,
        }
    }

    /// Has the server refuse all writes, or none.
    pub(crate) fn fill_the_server(&self, is_full: bool) {
        let server = self.server.as_ref().unwrap();
        let client = redis::Client::open((server.host(), server.port())).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut set = redis::cmd("CONFIG");
        let set = set.arg("SET").arg("maxmemory").arg(u8::from(is_full));
        set.exec(&mut connection).unwrap();
    }

    /// What stands under an id of 1.4.0.
    pub(crate) async fn late(&self, id: u64) -> (OwnedKey, Entry) {
        let space = Space::new(&self.config.namespace, "character", First::FINGERPRINT).unwrap();
        let id = id.to_string();
        let key = Key::new(&space, Epoch(1 << 32), id.as_bytes()).unwrap();
        let found = self.store().get(key).await.unwrap().unshared();
        let Found::Entry(entry) = found else {
            panic!("nothing stands there");
        };
        (key.to_owned(), entry)
    }

    /// Stores what a load from before would store by now, below all notion of releases.
    pub(crate) async fn put_late(&self, (key, entry): (OwnedKey, Entry)) {
        let put = self.store();
        let put = put.put(key.as_key(), entry, Condition::Always).await;
        assert!(put.unwrap().is_stored());
    }

    /// Writes what 1.4.0 has under an id over what another release has under its own.
    pub(crate) fn write_over(&self, own: u64, by: u64) {
        let server = self.server.as_ref().unwrap();
        let client = redis::Client::open((server.host(), server.port())).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut stored = |id: u64| -> String {
            let mut keys = redis::cmd("KEYS");
            let keys = keys.arg(format!("{}*character*{id}", self.config.namespace));
            let keys: Vec<String> = keys.query(&mut connection).unwrap();
            let [key] = &keys[..] else {
                panic!("{keys:?}");
            };
            key.clone()
        };
        let (from, to) = (stored(by), stored(own));
        let mut copy = redis::cmd("COPY");
        let copied: bool = copy
            .arg(from)
            .arg(to)
            .arg("REPLACE")
            .query(&mut connection)
            .unwrap();
        assert!(copied);
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
