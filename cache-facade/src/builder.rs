//! Building a cache: configuration is data, the rest is code, and everything is checked before the first operation.

use std::collections::BTreeMap;
use std::sync::Arc;

use cache_core::{
    Backend, Clock, Error, ErrorKind, Judge, Observer, Operation, RESERVED_DOMAIN, Result, Space,
    SystemClock,
};

use crate::cache::Cache;
use crate::cacheable::Cacheable;
use crate::config::CacheConfig;
use crate::core::{Core, CoreStores, Limits};
use crate::release::Release;
use crate::report::Observers;
use crate::spec::{AnySpec, DomainSpec, RAW_DOMAIN};
use crate::stores::{self, Opened};

/// Builds a [`Cache`].
#[derive(Default)]
pub struct CacheBuilder {
    config: CacheConfig,
    backend: Option<OwnBackend>,
    clock: Option<Arc<dyn Clock>>,
    observers: Vec<Arc<dyn Observer>>,
    release: Option<String>,
    domains: Vec<Box<dyn AnySpec>>,
}

/// A backend that was set in code: its name, and how it is opened once the configuration is known.
type OwnBackend = (
    &'static str,
    Box<dyn FnOnce(&CacheConfig) -> Opened + Send + Sync>,
);

impl std::fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let domains: Vec<_> = self.domains.iter().map(|domain| domain.name()).collect();
        f.debug_struct("CacheBuilder")
            .field("config", &self.config)
            .field("backend", &self.backend.as_ref().map(|(name, _)| name))
            .field("domains", &domains)
            .finish_non_exhaustive()
    }
}

impl CacheBuilder {
    /// Sets everything that is data. Default: [`CacheConfig::default`], an in-process store.
    #[must_use]
    pub fn config(mut self, config: CacheConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets a backend in code, in place of the one that the configuration names. Give it the clock of
    /// [`CacheBuilder::clock`] if that is set, so that both judge times alike.
    #[must_use]
    pub fn backend(mut self, backend: impl Backend) -> Self {
        let name = backend.info().name;
        let open = |config: &CacheConfig| Opened::new(backend, false, config);
        self.backend = Some((name, Box::new(open)));
        self
    }

    /// Sets the clock that ages are judged by. Default: the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Adds an observer of what happens.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets the application's release, a semantic version. Values of another major release (of another minor, for 0.x) are
    /// not seen. Default: none, one epoch for all.
    ///
    /// With the feature `versioning`, on a store that outlives the process, changes reach the values of the other releases that
    /// share it, and [`DomainSpec::migrate_from`](crate::DomainSpec) takes over values of earlier types.
    #[must_use]
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// Registers a domain.
    #[must_use]
    pub fn domain<T: Cacheable>(mut self, domain: DomainSpec<T>) -> Self {
        self.domains.push(Box::new(domain));
        self
    }

    /// Builds the cache. No connection is made and no task is started.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the setting and what is accepted: a setting out of range, a configured domain that is not
    /// registered, a domain registered twice, a backend that is not compiled in, a domain that the backend cannot keep.
    pub fn build(self) -> Result<Cache> {
        self.config.validate()?;
        self.check_domains()?;
        let release = Release::new(self.release)?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let judge = Judge::new(clock, self.config.clock_tolerance);
        let Opened {
            store,
            keeps_time,
            tier,
        } = match self.backend {
            Some((_, open)) => open(&self.config),
            None => stores::open(&self.config, &judge)?,
        };
        let stores = CoreStores::of(store, &release, &judge, self.config.deadline);
        let limits = Limits {
            deadline: self.config.deadline,
            clear_deadline: self.config.clear_deadline,
            question: (!keeps_time).then_some(self.config.deadline),
            close_grace: self.config.close_grace,
            max_payload: usize::try_from(self.config.max_payload).unwrap_or(usize::MAX),
            max_flights: self.config.max_flights,
        };
        let core = Arc::new(Core::new(
            stores,
            tier,
            judge,
            self.config.namespace.clone(),
            Observers::new(self.observers),
            &limits,
        ));
        core.set_bypass(self.config.bypass);
        let mut domains = BTreeMap::new();
        for spec in self.domains {
            let name = spec.name().to_owned();
            domains.insert(name, spec.settle(&core, &self.config, release.epoch)?);
        }
        Ok(Cache::new(core, self.config, release, domains))
    }

    fn check_domains(&self) -> Result<()> {
        let names: Vec<_> = self.domains.iter().map(|domain| domain.name()).collect();
        for (index, name) in names.iter().enumerate() {
            if *name == RESERVED_DOMAIN {
                return Err(invalid(format!(
                    "domain `{name}`: this name is kept for the cache's own records"
                )));
            }
            if Space::new("any", name, 0).is_err() {
                return Err(invalid(format!(
                    "domain `{name}`: accepted is `[a-z][a-z0-9_]*` of at most 64 bytes"
                )));
            }
            if *name == RAW_DOMAIN {
                return Err(invalid(format!(
                    "domain `{name}`: this name is kept for free-form keys"
                )));
            }
            if names.iter().take(index).any(|earlier| earlier == name) {
                return Err(invalid(format!(
                    "domain `{name}` is registered twice; give one another name by `named`"
                )));
            }
        }
        let mut accepted = names;
        accepted.push(RAW_DOMAIN);
        self.config.check_domains(&accepted)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Build)
}
