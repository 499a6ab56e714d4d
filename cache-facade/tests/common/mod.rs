//! What the tests share: a type of value, the stores that every row runs on, and a cache whose time is moved by hand.
#![allow(
    dead_code,
    unused_macros,
    unused_imports,
    unreachable_pub,
    reason = "each test binary uses a part"
)]

pub mod source;

use std::sync::Arc;
use std::time::Duration;

use backend_moka::{MokaBackend, MokaConfig};
use cache_core::{AnyBackend, Clock, Judge, Key, Schema, Space};
use cache_facade::config::CacheConfig;
use cache_facade::{Backend, Cache, Cacheable, CodecKind, Domain, DomainSpec, PutOptions, domain};
use cache_testkit::{Gate, ManualClock, MemoryBackend};
use serde::{Deserialize, Serialize};

pub use source::{Pause, Source};

/// The TTL of [`Thing`].
pub const TTL: Duration = Duration::from_secs(60);
/// Its negative TTL.
pub const NEGATIVE_TTL: Duration = Duration::from_secs(10);
/// The smallest step of ages.
pub const MS: Duration = Duration::from_millis(1);

/// Where a test waits for something that must happen. Paused time gets there at once when nothing else is left to do.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The value that is cached.
#[derive(Clone, Debug, PartialEq, Eq, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "thing", ttl = "60s", negative_ttl = "10s")]
pub struct Thing {
    pub number: u64,
    pub name: String,
}

pub fn thing(number: u64) -> Thing {
    Thing {
        number,
        name: format!("thing {number}"),
    }
}

/// A store that rows run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Moka,
    Objects,
    Encoded(CodecKind),
}

impl Store {
    pub fn backend(self, judge: Judge) -> AnyBackend {
        match self {
            Self::Moka => AnyBackend::new(MokaBackend::new(&MokaConfig::default(), judge).unwrap()),
            Self::Objects => AnyBackend::new(MemoryBackend::new(judge)),
            Self::Encoded(_) => AnyBackend::new(MemoryBackend::encoded(judge)),
        }
    }

    pub fn config(self) -> CacheConfig {
        let mut config = CacheConfig::default();
        if let Self::Encoded(codec) = self {
            config.codec = Some(codec);
        }
        config
    }

    /// Whether the store is asked without waiting.
    pub fn answers_now(self) -> bool {
        !matches!(self, Self::Encoded(_))
    }
}

/// A cache over a store, with a clock that is moved by hand.
pub struct Fixture {
    pub store: Store,
    pub cache: Cache,
    pub things: Domain<Thing>,
    pub clock: ManualClock,
}

impl Fixture {
    pub fn on(store: Store) -> Self {
        Self::with(store, domain())
    }

    pub fn with(store: Store, spec: DomainSpec<Thing>) -> Self {
        Self::configured(store, spec, |_| ())
    }

    pub fn configured(
        store: Store,
        spec: DomainSpec<Thing>,
        change: impl FnOnce(&mut CacheConfig),
    ) -> Self {
        let clock = ManualClock::default();
        let backend = store.backend(clock.judge());
        let mut config = store.config();
        change(&mut config);
        let (cache, things) = cache_over(backend, clock.clone(), config, spec);
        Self {
            store,
            cache,
            things,
            clock,
        }
    }

    /// Puts a value under 7 that is past its fresh period, with this much of its stale window left.
    pub async fn put_stale(&self, number: u64, window: Duration) {
        let options = PutOptions::new().stale_for(window);
        self.things
            .put_with(7, thing(number), options)
            .await
            .unwrap();
        self.clock.advance(TTL);
    }

    /// Loads under way.
    pub async fn open_flights(&self) -> usize {
        self.cache.stats().await.unwrap().open_flights
    }

    /// The number of the fresh value of an id.
    pub async fn number(&self, id: u64) -> Option<u64> {
        number_of(&self.things, id).await
    }
}

pub async fn number_of(things: &Domain<Thing>, id: u64) -> Option<u64> {
    things.get(id).await.unwrap().map(|thing| thing.number)
}

/// A cache over a backend, with one domain.
pub fn cache_over(
    backend: impl Backend,
    clock: impl Clock,
    config: CacheConfig,
    spec: DomainSpec<Thing>,
) -> (Cache, Domain<Thing>) {
    let builder = Cache::builder().config(config).backend(backend);
    let cache = builder.clock(Arc::new(clock)).domain(spec).build().unwrap();
    let things = cache.domain::<Thing>().unwrap();
    (cache, things)
}

/// The space of [`Thing`] in the default namespace, to reach below the facade.
pub fn space() -> Space {
    Space::new("cache", Thing::DOMAIN, Thing::FINGERPRINT).unwrap()
}

pub fn key<'a>(space: &'a Space, id: &'a str) -> Key<'a> {
    Key::new(space, cache_core::Epoch::UNVERSIONED, id.as_bytes()).unwrap()
}

/// Lets every task that can run do so, without a step of time.
pub async fn run_others() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Waits until an operation of the store hangs at a gate.
pub async fn at_gate(gate: &Gate) {
    tokio::time::timeout(PATIENCE, gate.reached_by(1))
        .await
        .unwrap();
}

/// Lets the others run until this holds, a bounded number of times and without a step of time.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}

/// Runs each row on each store, as a test of its own: `row::moka`, `row::objects`, `row::bincode` and so on.
macro_rules! on_each_store {
    ($($(#[$about:meta])* async fn $row:ident($store:ident: $of:ty) $body:block)*) => {$(
        $(#[$about])*
        mod $row {
            #[allow(unused_imports, reason = "rows use what they need")]
            use super::*;

            async fn row($store: $of) $body

            #[tokio::test(start_paused = true)]
            async fn moka() {
                row($crate::common::Store::Moka).await;
            }

            #[tokio::test(start_paused = true)]
            async fn objects() {
                row($crate::common::Store::Objects).await;
            }

            #[cfg(feature = "codec-bincode")]
            #[tokio::test(start_paused = true)]
            async fn bincode() {
                row($crate::common::Store::Encoded(cache_facade::CodecKind::Bincode)).await;
            }

            #[cfg(feature = "codec-postcard")]
            #[tokio::test(start_paused = true)]
            async fn postcard() {
                row($crate::common::Store::Encoded(cache_facade::CodecKind::Postcard)).await;
            }

            #[cfg(feature = "codec-json")]
            #[tokio::test(start_paused = true)]
            async fn json() {
                row($crate::common::Store::Encoded(cache_facade::CodecKind::Json)).await;
            }
        }
    )*};
}

pub(crate) use on_each_store;
