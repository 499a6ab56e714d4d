//! The cache: what its domains share, from the outside.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, DomainStats, Error, ErrorKind, Operation, Result, Schema, Scope, Stats,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::builder::CacheBuilder;
use crate::cacheable::Cacheable;
use crate::config::CacheConfig;
use crate::core::{Alive, Core};
use crate::counters::Counts;
use crate::deadline::{Deadline, no_answer, within};
use crate::domain::Domain;
use crate::flight::{Target, fenced};
use crate::inner::Inner;
use crate::release::Release;
use crate::report::trace_operation;
use crate::spec::{self, Registered};
use crate::stats::{self, CacheStats};
use crate::weight::Weigh;

/// A cache: one store, and the domains that were registered with it. Clones share everything.
///
/// # Example
/// ```
/// use cache_facade::{Cache, Cacheable, config::CacheConfig, domain, loader_fn};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Cacheable, Serialize, Deserialize)]
/// #[cacheable(domain = "system", ttl = "1h")]
/// struct System {
///     name: String,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let cache = Cache::builder()
///     .config(CacheConfig::from_url("moka://?max_capacity=10000")?)
///     .domain(domain::<System>().loader(loader_fn(|id: u64, _| async move {
///         Ok::<_, std::io::Error>(System { name: format!("system {id}") })
///     })))
///     .build()?;
///
/// let systems = cache.domain::<System>()?;
/// assert_eq!(systems.get_or_load(7).await?.ok_or("absent")?.name, "system 7");
/// assert_eq!(systems.stats().loads, 1);
/// cache.close().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    core: Arc<Core>,
    alive: Arc<Alive>,
    config: CacheConfig,
    release: Release,
    domains: BTreeMap<String, Registered>,
    raw_counts: OnceLock<Arc<Counts>>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domains: Vec<_> = self.0.domains.keys().collect();
        f.debug_struct("Cache")
            .field("backend", &self.0.core.store)
            .field("domains", &domains)
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// Starts building a cache.
    #[must_use]
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }

    pub(crate) fn new(
        core: Arc<Core>,
        config: CacheConfig,
        release: Release,
        domains: BTreeMap<String, Registered>,
    ) -> Self {
        Self(Arc::new(Shared {
            alive: Arc::new(Alive(core.ends.clone())),
            core,
            config,
            release,
            domains,
            raw_counts: OnceLock::new(),
        }))
    }

    /// Returns the handle of a type's domain. Make it once and keep it.
    ///
    /// # Errors
    /// `InvalidArgument` if the domain was not registered with this type.
    pub fn domain<T: Cacheable>(&self) -> Result<Domain<T>> {
        self.domain_named(T::DOMAIN)
    }

    /// Returns the handle of a domain that was registered under a name of its own.
    ///
    /// # Errors
    /// `InvalidArgument` if the domain was not registered, or with another type.
    pub fn domain_named<T: Send + Sync + 'static>(&self, name: &str) -> Result<Domain<T>> {
        let registered = self.0.domains.get(name).ok_or_else(|| self.unknown(name))?;
        let inner = registered.inner.downcast_ref::<Arc<Inner<T>>>();
        let inner = inner.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("domain `{name}` was registered with another type"),
            )
        })?;
        Ok(self.handle(Arc::clone(inner)))
    }

    /// Returns a handle for free-form keys: any text, or a list of parts, for any type with a schema. Values of different
    /// types under one key do not meet.
    ///
    /// # Errors
    /// `InvalidConfig` if the store keeps bytes and no codec is compiled in.
    ///
    /// # Example
    /// ```
    /// # use cache_facade::Cache;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let cache = Cache::builder().build()?;
    /// let names = cache.raw::<String>()?;
    /// names.put(["map", "name", "30000142"], "Jita".to_owned()).await?;
    /// assert_eq!(*names.get("map:name:30000142").await?.ok_or("absent")?, "Jita");
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn raw<T>(&self) -> Result<Domain<T>>
    where
        T: Schema + Weigh + Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let counts = self.0.raw_counts.get_or_init(|| Arc::new(Counts::new()));
        Ok(self.handle(spec::settle_raw(
            &self.0.core,
            &self.0.config,
            self.0.release.epoch,
            counts,
        )?))
    }

    fn handle<T>(&self, inner: Arc<Inner<T>>) -> Domain<T> {
        Domain {
            inner,
            alive: Arc::clone(&self.0.alive),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        let known: Vec<_> = self.0.domains.keys().map(String::as_str).collect();
        Error::new(
            ErrorKind::InvalidArgument,
            format!(
                "domain `{name}` was not registered; registered: {}",
                known.join(", ")
            ),
        )
    }

    /// Removes every value of the namespace, in all domains and releases. Counters stay.
    ///
    /// # Errors
    /// `Timeout`, `Unavailable` and so on if the store cannot answer; a part may be gone, and clearing again is safe.
    pub async fn clear(&self) -> Result<()> {
        let core = &self.0.core;
        core.ensure_open(Operation::Clear)?;
        let scope = Scope::namespace(&core.namespace);
        let mut patience = Deadline::new(core.deadline);
        let act = within(core.clear_deadline, core.store.clear(scope));
        let (outcome, in_time) =
            fenced(&core.flights, Target::Scope(scope), &mut patience, act).await;
        let outcome = match outcome {
            Ok(()) if !in_time => Err(no_answer(core.deadline)),
            outcome => outcome,
        };
        let told = outcome
            .as_ref()
            .err()
            .map_or("ok", |error| error.kind().as_str());
        trace_operation!("*", Operation::Clear.as_str(), told);
        core.clears
            .fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
        outcome.map_err(|error| {
            error
                .operation(Operation::Clear)
                .backend(core.store.info().name)
        })
    }

    /// Switches the cache off (`true`) and on: reads miss, loads are not stored, puts only remove what stood there.
    /// Invalidations go on, so nothing old comes back when the cache is switched on.
    pub fn set_bypass(&self, bypass: bool) {
        self.0.core.set_bypass(bypass);
    }

    /// Waits until no load and no publish is under way, those included whose callers have left.
    pub async fn settle(&self) {
        self.0.core.settle().await;
    }

    /// Closes the cache: callers of loads get `Closed`, loaders have `close_grace` to end, and nothing is stored after this
    /// returned. Later operations answer `Closed`. Closing again does nothing more.
    ///
    /// # Errors
    /// If the store could not end cleanly; it is closed all the same.
    pub async fn close(&self) -> Result<()> {
        self.0.core.close().await
    }

    /// Returns what the backend says about itself.
    #[must_use]
    pub fn backend(&self) -> &BackendInfo {
        self.0.core.store.info()
    }

    /// Makes what was stored before survive the end of the process, on a store that keeps entries on a disk; elsewhere it does
    /// nothing. Takes as long as the disk does. [`Cache::close`] does it too.
    ///
    /// # Errors
    /// If the store cannot answer; what was stored may or may not survive.
    pub async fn flush(&self) -> Result<()> {
        let core = &self.0.core;
        core.ensure_open(Operation::Flush)?;
        core.store.flush().await
    }

    /// Measures a round trip to the store; of one with several servers, the longest.
    ///
    /// # Errors
    /// `Timeout` or `Unavailable` if it cannot be reached.
    pub async fn ping(&self) -> Result<Duration> {
        let core = &self.0.core;
        core.ensure_open(Operation::Ping)?;
        within(core.deadline, core.store.ping()).await
    }

    /// Counts the live values of the namespace, in all domains and releases, by going through them: slow where there are
    /// many, and without an end of its own; [`Cache::stats`] answers at once where the store keeps count.
    ///
    /// # Errors
    /// `Unsupported` if the store cannot list what it holds; otherwise if it cannot answer.
    pub async fn count(&self) -> Result<u64> {
        let core = &self.0.core;
        core.ensure_open(Operation::Count)?;
        core.store.count(Scope::namespace(&core.namespace)).await
    }

    /// Returns what the store and each domain have counted.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub async fn stats(&self) -> Result<CacheStats> {
        let core = &self.0.core;
        let store: Stats = within(core.deadline, core.store.stats()).await?;
        let domains = self.counted();
        Ok(CacheStats {
            store,
            open_flights: core.flights.open(),
            clears: core.clears.load(Ordering::Relaxed),
            domains: domains
                .map(|(name, stats, _)| (name.to_owned(), stats))
                .collect(),
        })
    }

    /// Goes through what each domain has counted; free-form keys are one, once there was a handle for them.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (&str, DomainStats, &Counts)> {
        let domains = self.0.domains.iter();
        let domains =
            domains.map(|(name, domain)| (name.as_str(), (domain.stats)(), &*domain.counts));
        let raw = self.0.raw_counts.get();
        domains.chain(raw.map(|counts| (spec::RAW_DOMAIN, stats::read(counts), &**counts)))
    }
}

#[cfg(any(feature = "metrics", feature = "versioning"))]
impl Cache {
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    pub(crate) fn release(&self) -> &Release {
        &self.0.release
    }
}

#[cfg(feature = "versioning")]
impl Cache {
    /// Returns the manager of the releases that share the store.
    ///
    /// # Errors
    /// `Unsupported` if the cache has no [`release`](CacheBuilder::release), or its store ends with the process: there, a
    /// deployment begins with an empty cache, and there is nothing to manage.
    #[cfg_attr(docsrs, doc(cfg(feature = "versioning")))]
    pub fn versions(&self) -> Result<crate::versions::VersionManager> {
        crate::versions::VersionManager::of_cache(self.clone())
    }

    /// Goes through the registered domains.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Arc<dyn crate::migration::Kept>> {
        self.0.domains.values().map(|domain| &domain.kept)
    }
}

impl Core {
    pub(crate) fn set_bypass(&self, bypass: bool) {
        self.is_bypassed.store(bypass, Ordering::Relaxed);
    }
}
