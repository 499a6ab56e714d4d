//! Registering a domain: a type, its name, its loader.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cache_core::{
    Backend, Capability, Epoch, Error, ErrorKind, MAX_TTL, Operation, Result, Schema, Space, Ttl,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cacheable::Cacheable;
use crate::config::{CacheConfig, DomainConfig};
use crate::core::Core;
use crate::counters::Counts;
use crate::hooks::{Hooks, Packing};
use crate::inner::{Inner, Policy};
use crate::loader::{AnyLoader, Loader};
#[cfg(feature = "versioning")]
use crate::migration::{self, Migration};

/// A domain to be registered with [`CacheBuilder::domain`](crate::CacheBuilder::domain); made by [`domain`] or [`objects`].
pub struct DomainSpec<T> {
    name: String,
    schema: u64,
    unversioned: bool,
    own: Own,
    hooks: Hooks<T>,
    loader: Option<Arc<dyn AnyLoader<T>>>,
    #[cfg(feature = "versioning")]
    migrations: Vec<Migration<T>>,
    marker: PhantomData<fn() -> T>,
}

/// The times that the type names for itself.
#[derive(Clone, Copy)]
struct Own {
    ttl: Ttl,
    negative_ttl: Option<std::time::Duration>,
}

impl<T> fmt::Debug for DomainSpec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainSpec({}.{:016x})", self.name, self.schema)
    }
}

/// Describes the domain of a type for every kind of store.
#[must_use]
pub fn domain<T: Cacheable + Serialize + DeserializeOwned>() -> DomainSpec<T> {
    DomainSpec::of(Hooks::serde())
}

/// Describes the domain of a type without serde, for in-process stores. With any other store, building the cache is an
/// error that names the domain and the backend.
///
/// # Example
/// ```
/// use cache_facade::{Cache, Cacheable, objects};
///
/// #[derive(Cacheable)]
/// #[cacheable(domain = "template", ttl = "never")]
/// struct Template {
///     #[cacheable(opaque = "function pointers do not cross releases")]
///     render: fn(&str) -> String,
/// }
///
/// let cache = Cache::builder().domain(objects::<Template>()).build()?;
/// # let _ = cache.domain::<Template>()?;
/// # Ok::<(), cache_facade::Error>(())
/// ```
#[must_use]
pub fn objects<T: Cacheable>() -> DomainSpec<T> {
    DomainSpec::of(Hooks::objects())
}

impl<T: Cacheable> DomainSpec<T> {
    fn of(hooks: Hooks<T>) -> Self {
        Self {
            name: T::DOMAIN.to_owned(),
            schema: <T as Schema>::FINGERPRINT,
            unversioned: T::UNVERSIONED,
            own: Own {
                ttl: T::TTL,
                negative_ttl: T::NEGATIVE_TTL,
            },
            hooks,
            loader: None,
            #[cfg(feature = "versioning")]
            migrations: Vec::new(),
            marker: PhantomData,
        }
    }

    /// Takes over values of an earlier type of this domain, on a store that outlives the process: an id that is not there is
    /// looked for under that type's address too, and what is fresh there is converted and kept, for the rest of its time,
    /// without asking the loader. Types of earlier types are named as well, each with its own conversion; the first one that
    /// has a value wins.
    ///
    /// Only values of the same epoch are taken over, and the earlier release's own stay for as long as it runs. Building the
    /// cache fails if it has no [`release`](crate::CacheBuilder::release). A conversion that panics is a miss.
    ///
    /// # Example
    /// ```
    /// use cache_facade::{Cache, Cacheable, Schema, domain};
    /// use serde::{Deserialize, Serialize};
    ///
    /// /// As release 1.4.0 has it.
    /// #[derive(Schema, Deserialize)]
    /// struct PilotBefore {
    ///     name: String,
    /// }
    ///
    /// #[derive(Cacheable, Serialize, Deserialize)]
    /// #[cacheable(domain = "pilot", ttl = "24h")]
    /// struct Pilot {
    ///     name: String,
    ///     is_known: bool,
    /// }
    ///
    /// let pilots = domain::<Pilot>().migrate_from(|before: PilotBefore| Pilot { name: before.name, is_known: true });
    /// let cache = Cache::builder().release("1.5.0").domain(pilots).build()?;
    /// # let _ = cache;
    /// # Ok::<(), cache_facade::Error>(())
    /// ```
    #[cfg(feature = "versioning")]
    #[cfg_attr(docsrs, doc(cfg(feature = "versioning")))]
    #[must_use]
    pub fn migrate_from<A>(mut self, convert: impl Fn(A) -> T + Send + Sync + 'static) -> Self
    where
        A: Schema + DeserializeOwned,
    {
        self.migrations.push(Migration::new(convert));
        self
    }

    /// Sets the loader, which [`Domain::get_or_load`](crate::Domain::get_or_load) asks on a miss.
    #[must_use]
    pub fn loader(mut self, loader: impl Loader<T>) -> Self {
        self.loader = Some(Arc::new(loader));
        self
    }

    /// Gives the domain another name than the type's own, so that one type can have several domains.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// A domain whose type is erased, until the cache is built.
pub(crate) trait AnySpec: Send + Sync {
    fn name(&self) -> &str;

    /// Settles the domain; the value is an `Arc<Inner<T>>`.
    fn settle(
        self: Box<Self>,
        core: &Arc<Core>,
        config: &CacheConfig,
        release: Epoch,
    ) -> Result<Registered>;
}

/// A registered domain.
pub(crate) struct Registered {
    pub(crate) inner: Box<dyn Any + Send + Sync>,
    pub(crate) stats: Box<dyn Fn() -> cache_core::DomainStats + Send + Sync>,
    pub(crate) counts: Arc<Counts>,
    #[cfg(feature = "versioning")]
    pub(crate) kept: Arc<dyn migration::Kept>,
}

impl<T: Cacheable> AnySpec for DomainSpec<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn settle(
        self: Box<Self>,
        core: &Arc<Core>,
        config: &CacheConfig,
        release: Epoch,
    ) -> Result<Registered> {
        let from_file = config.domains.get(&self.name);
        let never = if self.unversioned {
            Ttl::Never
        } else {
            never(core, config)
        };
        let inner = Arc::new(Inner {
            space: Space::new(&core.namespace, &self.name, self.schema)?,
            epoch: if self.unversioned {
                Epoch::UNVERSIONED
            } else {
                release
            },
            policy: checked(&self.name, policy(self.own, never, from_file, config))?,
            packing: packing(&self.name, core, self.hooks.serde, from_file, config)?,
            store: core.store.clone(),
            judge: core.judge.clone(),
            core: Arc::clone(core),
            hooks: self.hooks,
            loader: self.loader,
            #[cfg(feature = "versioning")]
            predecessors: migration::settle(core, &self.name, self.schema, self.migrations)?,
            counts: Arc::new(Counts::new()),
            weight_is_unknown: AtomicBool::new(false),
        });
        let counted = Arc::clone(&inner);
        Ok(Registered {
            #[cfg(feature = "versioning")]
            kept: Arc::<Inner<T>>::clone(&inner),
            counts: Arc::clone(&inner.counts),
            inner: Box::new(inner),
            stats: Box::new(move || counted.stats()),
        })
    }
}

/// Configuration overrules what the type says of itself.
fn policy(own: Own, never: Ttl, from_file: Option<&DomainConfig>, config: &CacheConfig) -> Policy {
    let times = from_file.and_then(|domain| domain.load_timeout.as_ref());
    let ttl = from_file.and_then(|domain| domain.ttl).unwrap_or(own.ttl);
    Policy {
        ttl: if ttl == Ttl::Default {
            config.default_ttl
        } else {
            ttl
        },
        never,
        negative_ttl: from_file
            .and_then(|domain| domain.negative_ttl)
            .or(own.negative_ttl)
            .unwrap_or(config.negative_ttl),
        soft: times
            .and_then(|times| times.soft)
            .or(config.load_timeout.soft),
        hard: times
            .and_then(|times| times.hard)
            .unwrap_or(config.load_timeout.hard),
    }
}

/// Settles what becomes of `never` where the address of a value changes with its type and release: on a store that others write
/// to, nobody would remove what is out of use.
fn never(core: &Core, config: &CacheConfig) -> Ttl {
    if core.store.info().capabilities.has(Capability::Shared) {
        Ttl::After(config.max_ttl.min(MAX_TTL))
    } else {
        Ttl::Never
    }
}

/// Refuses what the type says of itself where it is out of range; the configuration was checked before.
fn checked(name: &str, policy: Policy) -> Result<Policy> {
    match policy.ttl.resolve(Ttl::Never) {
        Ok(_) => Ok(policy),
        Err(_) => Err(Error::new(
            ErrorKind::InvalidConfig,
            format!("domain `{name}`: the type's `ttl` is zero; accepted: at least 1 ms, or never"),
        )
        .operation(Operation::Build)),
    }
}

fn packing<T: Send + Sync + 'static>(
    name: &str,
    core: &Core,
    serde: Option<crate::hooks::Serde<T>>,
    from_file: Option<&DomainConfig>,
    config: &CacheConfig,
) -> Result<Packing<T>> {
    let info = core.store.info();
    let codec = from_file.and_then(|domain| domain.codec).or(config.codec);
    Packing::settle(
        name,
        info.name,
        info.payload,
        serde,
        codec,
        core.max_payload,
    )
}

/// The domain of free-form keys: one space per type, under one name.
pub(crate) const RAW_DOMAIN: &str = "raw";

/// Settles a handle for free-form keys of one type.
pub(crate) fn settle_raw<T>(
    core: &Arc<Core>,
    config: &CacheConfig,
    release: Epoch,
    counts: &Arc<Counts>,
) -> Result<Arc<Inner<T>>>
where
    T: Schema + Serialize + DeserializeOwned + crate::weight::Weigh + Send + Sync + 'static,
{
    let own = Own {
        ttl: Ttl::Default,
        negative_ttl: None,
    };
    let hooks = Hooks {
        serde: Some(crate::hooks::Serde::new()),
        weigh: |value: &T| crate::weight::Weight::known(size_of::<T>()).plus(value.heap()),
    };
    let from_file = config.domains.get(RAW_DOMAIN);
    Ok(Arc::new(Inner {
        space: Space::new(&core.namespace, RAW_DOMAIN, T::FINGERPRINT)?,
        epoch: release,
        policy: policy(own, never(core, config), from_file, config),
        packing: packing(RAW_DOMAIN, core, hooks.serde, from_file, config)?,
        store: core.store.clone(),
        judge: core.judge.clone(),
        core: Arc::clone(core),
        hooks,
        loader: None,
        #[cfg(feature = "versioning")]
        predecessors: Vec::new(),
        counts: Arc::clone(counts),
        weight_is_unknown: AtomicBool::new(false),
    }))
}
