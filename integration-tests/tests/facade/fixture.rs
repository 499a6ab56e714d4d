//! A cache over a store, built from the store's URL, with a clock that is moved by hand and a namespace of its own.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Judge, Layer};
use cache_facade::config::CacheConfig;
use cache_facade::{
    Cache, Cacheable, Domain, DomainSpec, Loaded, Lookup, PutOptions, Result, domain,
};
use cache_testkit::{Env, FaultLayer, Faults, ManualClock};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::stores::Store;

/// The TTL of [`Thing`].
pub(crate) const TTL: Duration = Duration::from_secs(60);
/// Its negative TTL.
pub(crate) const NEGATIVE_TTL: Duration = Duration::from_secs(10);
/// The smallest step of ages.
pub(crate) const MS: Duration = Duration::from_millis(1);

/// How long anything may take that is expected to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The value that is cached.
#[derive(Clone, Debug, PartialEq, Eq, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "thing", ttl = "60s", negative_ttl = "10s")]
pub(crate) struct Thing {
    pub(crate) number: u64,
    pub(crate) name: String,
}

pub(crate) fn thing(number: u64) -> Thing {
    Thing {
        number,
        name: format!("thing {number}"),
    }
}

/// A cache over a store.
pub(crate) struct Fixture {
    pub(crate) cache: Cache,
    pub(crate) things: Domain<Thing>,
    pub(crate) clock: ManualClock,
    config: CacheConfig,
}

impl Fixture {
    pub(crate) async fn on(store: &Store) -> Self {
        Self::with(store, domain()).await
    }

    pub(crate) async fn with(store: &Store, spec: DomainSpec<Thing>) -> Self {
        Self::configured(store, spec, |_| ()).await
    }

    /// One whose configuration is more than the URL.
    pub(crate) async fn configured(
        store: &Store,
        spec: DomainSpec<Thing>,
        change: impl FnOnce(&mut CacheConfig),
    ) -> Self {
        let env = Env::fresh();
        let config = config(store, env.namespace, change);
        Self::open(config, env.clock, spec).await
    }

    /// One whose store a test makes fail, hang or count.
    pub(crate) async fn faulty(store: &Store, spec: DomainSpec<Thing>, faults: &Faults) -> Self {
        let env = Env::fresh();
        let config = config(store, env.namespace, |_| ());
        let judge = Judge::new(Arc::new(env.clock.clone()), config.clock_tolerance);
        let backend = config.open_backend(&judge).unwrap();
        let backend = FaultLayer::new(faults).layer(backend);
        let builder = Cache::builder().config(config.clone()).backend(backend);
        Self::built(builder, config, env.clock, spec).await
    }

    /// Caches over one and the same backend, whose namespaces differ in how they end.
    pub(crate) async fn neighbours<const N: usize>(store: &Store, ends: [&str; N]) -> Vec<Self> {
        let env = Env::fresh();
        let first = config(store, env.namespace, |_| ());
        let judge = Judge::new(Arc::new(env.clock.clone()), first.clock_tolerance);
        let backend = first.open_backend(&judge).unwrap();
        let mut neighbours = Vec::new();
        for end in ends {
            let mut config = first.clone();
            config.namespace.push_str(end);
            let builder = Cache::builder().config(config.clone());
            let builder = builder.backend(backend.clone());
            neighbours.push(Self::built(builder, config, env.clock.clone(), domain()).await);
        }
        neighbours
    }

    /// Another cache over the same entries: what a second process would have.
    pub(crate) async fn beside(&self, spec: DomainSpec<Thing>) -> Self {
        Self::open(self.config.clone(), self.clock.clone(), spec).await
    }

    /// A cache whose one domain is of another type, and its clock.
    pub(crate) fn of<T: Cacheable>(store: &Store, spec: DomainSpec<T>) -> (Domain<T>, ManualClock) {
        let env = Env::fresh();
        let builder = Cache::builder().config(config(store, env.namespace, |_| ()));
        let builder = builder.clock(Arc::new(env.clock.clone())).release("1.4.0");
        let cache = builder.domain(spec).build().unwrap();
        (cache.domain().unwrap(), env.clock)
    }

    async fn open(config: CacheConfig, clock: ManualClock, spec: DomainSpec<Thing>) -> Self {
        let builder = Cache::builder().config(config.clone());
        Self::built(builder, config, clock, spec).await
    }

    async fn built(
        builder: cache_facade::CacheBuilder,
        config: CacheConfig,
        clock: ManualClock,
        spec: DomainSpec<Thing>,
    ) -> Self {
        let other = domain::<Thing>().named(OTHER);
        // With a release, the store is one that releases share.
        let builder = builder.clock(Arc::new(clock.clone())).release("1.4.0");
        let cache = builder.domain(spec).domain(other).build().unwrap();
        let things = cache.domain::<Thing>().unwrap();
        Self {
            cache,
            things,
            clock,
            config,
        }
    }

    /// A second domain, whose name begins with that of the first.
    pub(crate) fn others(&self) -> Domain<Thing> {
        self.cache.domain_named(OTHER).unwrap()
    }

    /// Puts a value under 7 that is past its fresh period, with this much of its stale window left.
    pub(crate) async fn put_stale(&self, number: u64, window: Duration) {
        let options = PutOptions::new().stale_for(window);
        let put = self.things.put_with(7, thing(number), options);
        put.await.unwrap();
        self.clock.advance(TTL);
    }

    /// Has a loader say that an id has no value.
    pub(crate) async fn know_absent(&self, id: u64) {
        let absent = |_| async { Ok::<_, std::io::Error>(Loaded::Absent) };
        let found = self.things.get_or_load_with(id, absent).await.unwrap();
        assert!(found.is_none());
    }

    /// Loads under way.
    pub(crate) async fn open_flights(&self) -> usize {
        self.cache.stats().await.unwrap().open_flights
    }

    /// The number of the fresh value of an id.
    pub(crate) async fn number(&self, id: u64) -> Option<u64> {
        number_of(&self.things, id).await
    }

    /// The number of what a load answers.
    pub(crate) async fn load(&self, id: u64) -> u64 {
        self.things.get_or_load(id).await.unwrap().unwrap().number
    }

    /// What stands under 7.
    pub(crate) async fn look(&self) -> Seen {
        Seen::of(self.things.lookup(7).await)
    }
}

/// The name of the second domain.
const OTHER: &str = "thing_of_another_kind";

fn config(store: &Store, namespace: String, change: impl FnOnce(&mut CacheConfig)) -> CacheConfig {
    let mut config = CacheConfig::from_url(&store.url()).unwrap();
    config.namespace = namespace;
    // A busy machine is no fault of the store.
    config.deadline = PATIENCE;
    change(&mut config);
    config
}

/// What a look-up found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Fresh(u64),
    Stale(u64),
    Negative,
    /// Nothing, or nothing any more: a store may have swept what is dead.
    Gone,
    /// Something that is no value of ours.
    Unusable(&'static str),
}

impl Seen {
    fn of(found: Result<Lookup<Thing>>) -> Self {
        use cache_facade::MissReason::{Absent, Expired};
        match found.unwrap() {
            Lookup::Fresh(found) => Self::Fresh(found.number),
            Lookup::Stale(found) => Self::Stale(found.number),
            Lookup::Negative => Self::Negative,
            Lookup::Miss(Absent | Expired) => Self::Gone,
            Lookup::Miss(reason) => Self::Unusable(reason.as_str()),
        }
    }
}

pub(crate) async fn number_of(things: &Domain<Thing>, id: u64) -> Option<u64> {
    let found = things.get(id).await.unwrap();
    found.map(|thing| thing.number)
}

/// Waits until this holds; panics when the patience is over.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        sleep(MS).await;
    }
}

/// Waits until so many callers wait for loads of others.
pub(crate) async fn waiting(things: &Domain<Thing>, callers: u64) {
    until("all have joined the flight", || {
        things.stats().waiters == callers
    })
    .await;
}
