//! The typed handle of a domain: what an application uses. Here: reads and loads.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use cache_core::{
    Backend, DomainStats, ErrorKind, IdBuf, Key, KeyPart, Life, Meta, Operation, Result,
};

use futures_util::future::BoxFuture;

use crate::core::Alive;
use crate::deadline::within;
use crate::inner::Inner;
use crate::load::{First, InTask, Inline};
use crate::loader::{AnyLoader, LoadContext, Loaded, LoaderError, call_of};
use crate::lookup::{Cached, Lookup, MissReason, Seen};
use crate::report::trace_operation;

/// One type of value in a cache: cheap to clone, shared between threads, made once per handle and kept.
///
/// An id is anything that is a [`KeyPart`]: integers, text, bytes, or a list of them. `7` and `"7"` are the same id.
///
/// # Example
/// ```
/// use cache_facade::{Cache, Cacheable, Ttl, domain};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Cacheable, Serialize, Deserialize)]
/// #[cacheable(domain = "character", ttl = "24h")]
/// struct Character {
///     name: String,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let cache = Cache::builder().domain(domain::<Character>()).build()?;
/// let characters = cache.domain::<Character>()?;
///
/// characters.put(95_465_499, Character { name: "CCP Bartender".into() }).await?;
/// assert_eq!(characters.get("95465499").await?.ok_or("absent")?.name, "CCP Bartender");
///
/// characters.invalidate(95_465_499).await?;
/// assert!(characters.get(95_465_499).await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Domain<T> {
    pub(crate) inner: Arc<Inner<T>>,
    pub(crate) alive: Arc<Alive>,
}

impl<T> Clone for Domain<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            alive: Arc::clone(&self.alive),
        }
    }
}

impl<T> fmt::Debug for Domain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({:?})", self.inner.space)
    }
}

impl<T: Send + Sync + 'static> Domain<T> {
    /// Returns the domain's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// Returns what the domain has counted since the cache was built.
    #[must_use]
    pub fn stats(&self) -> DomainStats {
        self.inner.stats()
    }

    /// Looks a value up without waiting, where the store is in this process; elsewhere `None`: ask [`Domain::lookup`].
    ///
    /// `None` is also the answer of a closed cache and to an id that is too long; `lookup` then says why. Nothing is counted
    /// for `None`.
    pub fn get_now(&self, id: impl KeyPart) -> Option<Lookup<T>> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer)).ok()?;
        let lookup = self.inner.look_now(key)?;
        self.inner.note_read(key, lookup.seen());
        Some(lookup)
    }

    /// Looks a value up, and says in full what was found: fresh, stale, known to be absent, or why nothing.
    ///
    /// # Errors
    /// `InvalidKey` for an id of over 1,024 bytes, `Timeout`, `Unavailable` and so on if the store cannot answer.
    pub async fn lookup(&self, id: impl KeyPart + Send + Sync) -> Result<Lookup<T>> {
        match self.look_at_once(&id) {
            #[cfg(feature = "versioning")]
            Ok(Some(miss @ Lookup::Miss(_))) if self.inner.inherits() => {
                return self.inherit_later(&id, miss).await;
            }
            Ok(Some(lookup)) => return Ok(lookup),
            Ok(None) => {}
            Err(error) => return Err(error),
        }
        self.look_later(&id).await
    }

    /// The way of a hit. Nothing of it may live in a future's state, where every move goes through memory: callers take
    /// its answer apart in a statement that ends before they await anything.
    #[inline(always)]
    fn look_at_once(&self, id: &impl KeyPart) -> Result<Option<Lookup<T>>> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        let Some(lookup) = self.inner.look_now(key) else {
            return Ok(None);
        };
        self.inner.note_read(key, lookup.seen());
        Ok(Some(lookup))
    }

    #[cold]
    fn look_later<'a>(&'a self, id: &'a (impl KeyPart + Sync)) -> BoxFuture<'a, Result<Lookup<T>>> {
        Box::pin(async move {
            let mut buffer = IdBuf::new();
            let key = self.inner.key(id.id_bytes(&mut buffer))?;
            let lookup = self.inner.look(key).await?;
            #[cfg(feature = "versioning")]
            let lookup = self.inner.or_inherited(key, lookup).await;
            Ok(lookup)
        })
    }

    #[cfg(feature = "versioning")]
    #[cold]
    fn inherit_later<'a>(
        &'a self,
        id: &'a (impl KeyPart + Sync),
        miss: Lookup<T>,
    ) -> BoxFuture<'a, Result<Lookup<T>>> {
        Box::pin(async move {
            let mut buffer = IdBuf::new();
            let key = self.inner.key(id.id_bytes(&mut buffer))?;
            Ok(self.inner.or_inherited(key, miss).await)
        })
    }

    /// Returns the fresh value of an id, if there is one. Nothing is loaded.
    ///
    /// # Errors
    /// As [`Domain::lookup`].
    #[inline]
    pub async fn get(&self, id: impl KeyPart + Send + Sync) -> Result<Option<Cached<T>>> {
        match self.look_at_once(&id) {
            #[cfg(feature = "versioning")]
            Ok(Some(miss @ Lookup::Miss(_))) if self.inner.inherits() => {
                return Ok(self.inherit_later(&id, miss).await?.fresh());
            }
            Ok(Some(lookup)) => return Ok(lookup.fresh()),
            Ok(None) => {}
            Err(error) => return Err(error),
        }
        Ok(self.look_later(&id).await?.fresh())
    }

    /// Returns the fresh value of an id, or loads it by the domain's loader; `None` if the loader says that there is none.
    ///
    /// However many callers miss an id at the same time, one load runs; a load that began before the id was changed is
    /// answered to its callers and not stored. With a stale value in hand, callers wait at most `load_timeout.soft`.
    ///
    /// # Errors
    /// `Load` if the loader failed or panicked (all callers share the error, and it is not cached), `Timeout` after
    /// `load_timeout.hard`, `Cycle` if the load waits for itself, `Overloaded` beyond `max_flights`, `Closed`,
    /// `InvalidConfig` if the domain has no loader. A store that fails is counted, and the loader is asked.
    ///
    /// # Cancellation
    /// The load goes on, and is stored.
    pub async fn get_or_load(&self, id: impl KeyPart + Send + Sync) -> Result<Option<Cached<T>>> {
        let load = match self.look_at_once(&id) {
            Ok(Some(Lookup::Fresh(value))) => return Ok(Some(value)),
            Ok(Some(Lookup::Negative)) => return Ok(None),
            Ok(Some(Lookup::Stale(value))) => self.load_later(&id, First::stale(value)),
            Ok(Some(Lookup::Miss(_))) => self.load_later(&id, First::nothing()),
            Ok(None) => self.look_and_load_later(&id),
            Err(error) => return Err(error),
        };
        load.await
    }

    #[cold]
    fn load_later<'a>(
        &'a self,
        id: &'a (impl KeyPart + Sync),
        first: First<T>,
    ) -> BoxFuture<'a, Result<Option<Cached<T>>>> {
        Box::pin(async move {
            let mut buffer = IdBuf::new();
            let key = self.inner.key(id.id_bytes(&mut buffer))?;
            self.load_registered(key, first).await
        })
    }

    #[cold]
    fn look_and_load_later<'a>(
        &'a self,
        id: &'a (impl KeyPart + Sync),
    ) -> BoxFuture<'a, Result<Option<Cached<T>>>> {
        Box::pin(async move {
            let mut buffer = IdBuf::new();
            let key = self.inner.key(id.id_bytes(&mut buffer))?;
            match self.inner.look_for_load(key).await? {
                Ok(found) => Ok(found),
                Err(first) => self.load_registered(key, first).await,
            }
        })
    }

    async fn load_registered(&self, key: Key<'_>, first: First<T>) -> Result<Option<Cached<T>>> {
        let loader = self
            .inner
            .loader
            .as_ref()
            .map(Arc::clone)
            .ok_or_else(|| self.inner.without_loader())?;
        let id: Box<[u8]> = key.id().into();
        let call = Box::new(move |context| AnyLoader::load_bytes(loader, &id, context));
        self.inner.load(key, first, InTask(call)).await
    }

    /// Returns the fresh value of an id, or loads it by this closure, in a task of its own.
    ///
    /// # Errors
    /// As [`Domain::get_or_load`].
    ///
    /// # Cancellation
    /// The load goes on, and is stored.
    ///
    /// # Example
    /// ```
    /// # use cache_facade::{Cache, Cacheable, domain};
    /// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
    /// # #[cacheable(domain = "price", ttl = "6h")]
    /// # struct Price(u64);
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let cache = Cache::builder().domain(domain::<Price>()).build()?;
    /// # let prices = cache.domain::<Price>()?;
    /// let price = prices.get_or_load_with(587, |_| async { Ok::<_, std::io::Error>(Price(350_000)) }).await?;
    /// assert_eq!(price.ok_or("absent")?.0, 350_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn get_or_load_with<F, O, L, E>(
        &self,
        id: impl KeyPart + Send + Sync,
        load: F,
    ) -> Result<Option<Cached<T>>>
    where
        F: FnOnce(LoadContext<T>) -> O + Send + 'static,
        O: Future<Output = Result<L, E>> + Send + 'static,
        L: Into<Loaded<T>>,
        E: Into<LoaderError>,
    {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        match self.inner.look_for_load(key).await? {
            Ok(found) => Ok(found),
            Err(first) => Box::pin(self.inner.load(key, first, InTask(call_of(load)))).await,
        }
    }

    /// Returns the fresh value of an id, or loads it by this closure, which may borrow: it runs in the caller's future.
    ///
    /// # Errors
    /// As [`Domain::get_or_load`].
    ///
    /// # Cancellation
    /// The load ends with its caller, and the next caller who waits for it takes over with its own loader.
    pub async fn get_or_load_inline<'a, F, O, L, E>(
        &self,
        id: impl KeyPart + Send + Sync,
        load: F,
    ) -> Result<Option<Cached<T>>>
    where
        F: FnOnce(LoadContext<T>) -> O + Send + 'a,
        O: Future<Output = Result<L, E>> + Send + 'a,
        L: Into<Loaded<T>>,
        E: Into<LoaderError>,
    {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        match self.inner.look_for_load(key).await? {
            Ok(found) => Ok(found),
            Err(first) => Box::pin(self.inner.load(key, first, Inline(call_of(load)))).await,
        }
    }

    /// Says whether [`Domain::get`] would return a value, without reading it where the store can tell.
    ///
    /// # Errors
    /// As [`Domain::lookup`].
    pub async fn exists(&self, id: impl KeyPart + Send + Sync) -> Result<bool> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        self.inner.exists(key).await
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Looks in the store, waiting for it.
    async fn look(&self, key: Key<'_>) -> Result<Lookup<T>> {
        match within(self.core.question, self.store.get(key)).await {
            Ok(found) => {
                let lookup = self.examine(found);
                self.note_read(key, lookup.seen());
                Ok(lookup)
            }
            Err(error) => {
                self.count_read(key, Seen::Miss(MissReason::of_error(error.kind())));
                Err(self.note_failure(Some(key), Operation::Get, error))
            }
        }
    }

    /// Looks up for a caller who would load: the answer, or what its load starts from.
    async fn look_for_load(&self, key: Key<'_>) -> Result<Result<Option<Cached<T>>, First<T>>> {
        let lookup = match self.look_now(key) {
            Some(lookup) => {
                self.note_read(key, lookup.seen());
                lookup
            }
            None => match self.look(key).await {
                Ok(lookup) => lookup,
                Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
                Err(_) => {
                    return Ok(Err(First {
                        stale: None,
                        store_failed: true,
                    }));
                }
            },
        };
        Ok(match lookup {
            Lookup::Fresh(value) => Ok(Some(value)),
            Lookup::Negative => Ok(None),
            Lookup::Stale(value) => Err(First::stale(value)),
            Lookup::Miss(_) => Err(First::nothing()),
        })
    }

    fn without_loader(&self) -> cache_core::Error {
        let message = format!(
            "domain `{}` has no loader; register one, or use `get_or_load_with`",
            self.name()
        );
        cache_core::Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Load)
    }

    async fn exists(&self, key: Key<'_>) -> Result<bool> {
        self.core.ensure_open(Operation::Exists)?;
        let exists = match self.core.is_bypassed() {
            true => Ok(false),
            false => self.is_there(key).await,
        };
        let exists =
            exists.map_err(|error| self.note_failure(Some(key), Operation::Exists, error))?;
        let outcome = if exists { "fresh" } else { "miss" };
        trace_operation!(self.name(), Operation::Exists.as_str(), outcome);
        Ok(exists)
    }

    async fn is_there(&self, key: Key<'_>) -> Result<bool> {
        match within(self.core.deadline, self.store.head(key)).await? {
            Some(meta) => Ok(self.is_fresh_value(&meta)),
            #[cfg(feature = "versioning")]
            None => self.would_inherit(key).await,
            #[cfg(not(feature = "versioning"))]
            None => Ok(false),
        }
    }

    fn is_fresh_value(&self, meta: &Meta) -> bool {
        !meta.is_negative() && self.judge.life(meta, self.judge.clock().coarse()) == Life::Fresh
    }
}
