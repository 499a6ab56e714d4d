//! Changes: each fences the loads of its keys, acts, and fences again before it answers.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, IdBuf, KeyPart, Operation, Removed, Result, Scope, Ttl};

use crate::counters::Count;
use crate::deadline::within;
use crate::domain::Domain;
use crate::flight::Target;
use crate::inner::Ended;

/// How a value is put, where the domain's defaults do not do.
///
/// ```
/// use std::time::Duration;
/// use cache_facade::{PutOptions, Ttl};
/// let options = PutOptions::new().ttl(Ttl::After(Duration::from_secs(60))).stale_for(Duration::from_secs(600));
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    pub(crate) ttl: Ttl,
    pub(crate) stale_for: Duration,
}

impl PutOptions {
    /// Starts from the domain's TTL and no stale window.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long the value is fresh.
    #[must_use]
    pub const fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets how long after that the value may still be served, marked stale, while a load is slow. Default: zero.
    #[must_use]
    pub const fn stale_for(mut self, window: Duration) -> Self {
        self.stale_for = window;
        self
    }
}

impl<T: Send + Sync + 'static> Domain<T> {
    /// Stores a value for the domain's TTL, in place of whatever was there.
    ///
    /// After it returned `Ok`, no read of this process returns a value that was loaded or put before.
    ///
    /// # Errors
    /// `TooLarge`, `Codec` or `InvalidKey`: nothing was stored. `Timeout`: it may still be stored, and the promise above does
    /// not hold. `Unavailable` and so on if the store cannot answer, `Closed`.
    ///
    /// # Cancellation
    /// A dropped put may or may not be stored.
    pub async fn put(
        &self,
        id: impl KeyPart + Send + Sync,
        value: impl Into<Arc<T>>,
    ) -> Result<()> {
        self.put_with(id, value, PutOptions::new()).await
    }

    /// Stores a value for a TTL of its own.
    ///
    /// # Errors
    /// As [`Domain::put`]; `InvalidArgument` for a TTL of zero.
    pub async fn put_with_ttl(
        &self,
        id: impl KeyPart + Send + Sync,
        value: impl Into<Arc<T>>,
        ttl: Ttl,
    ) -> Result<()> {
        self.put_with(id, value, PutOptions::new().ttl(ttl)).await
    }

    /// Stores a value with options.
    ///
    /// # Errors
    /// As [`Domain::put_with_ttl`].
    pub async fn put_with(
        &self,
        id: impl KeyPart + Send + Sync,
        value: impl Into<Arc<T>>,
        options: PutOptions,
    ) -> Result<()> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        let entry = self.inner.entry(value.into(), options)?;
        self.inner.put(key, entry).await
    }

    /// Stores a value only if there is no fresh one, in one atomic step: of any number of callers, in any process, one gets
    /// `true`. A stale value and "known to be absent" count as absent.
    ///
    /// # Errors
    /// As [`Domain::put`]. `Conflict` if the id holds something that another release may own.
    pub async fn put_if_absent(
        &self,
        id: impl KeyPart + Send + Sync,
        value: impl Into<Arc<T>>,
        ttl: Ttl,
    ) -> Result<bool> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        let entry = self.inner.entry(value.into(), PutOptions::new().ttl(ttl))?;
        self.inner.put_if_absent(key, entry).await
    }

    /// Changes a value by a function of what is there: `None` means nothing fresh, and answering `None` leaves all as it is.
    /// The function may be called again when others change the value meanwhile; no update by a process with the same type is
    /// lost. Returns what was stored.
    ///
    /// With migrations it begins with the earlier type's value, and waits, for two seconds or four deadlines, where that may not
    /// be taken over yet.
    ///
    /// # Errors
    /// As [`Domain::put`], and if an earlier type's value cannot be asked for. `Conflict` after 1,024 tries, if after that
    /// wait it may still not be taken over, and where something stands that this release cannot read.
    ///
    /// # Example
    /// ```
    /// # use cache_facade::{Cache, Cacheable, domain};
    /// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
    /// # #[cacheable(domain = "systems", ttl = "never")]
    /// # struct Tracked(Vec<u32>);
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let cache = Cache::builder().domain(domain::<Tracked>()).build()?;
    /// # let tracked = cache.domain::<Tracked>()?;
    /// for id in [30_000_142, 30_002_187] {
    ///     tracked.update("systems", |now| {
    ///         let mut ids = now.map_or_else(Vec::new, |list| list.0.clone());
    ///         ids.push(id);
    ///         Some(Tracked(ids))
    ///     }).await?;
    /// }
    /// assert_eq!(tracked.get("systems").await?.ok_or("absent")?.0, [30_000_142, 30_002_187]);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn update(
        &self,
        id: impl KeyPart + Send + Sync,
        change: impl FnMut(Option<&T>) -> Option<T> + Send,
    ) -> Result<Option<Arc<T>>> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        let inner = &self.inner;
        inner.core.ensure_open(Operation::Update)?;
        let (outcome, in_time) = inner
            .fenced(Target::Keys(&[key]), Box::pin(inner.update(key, change)))
            .await;
        inner.conclude(Some(key), Operation::Update, outcome, in_time, |stored| {
            Ended::if_found(stored.is_some(), Count::Writes)
        })
    }

    /// Prolongs a value: fresh for this TTL from now on, its stale window kept. `false` if there is nothing live.
    ///
    /// # Errors
    /// As [`Domain::put_with_ttl`].
    pub async fn touch(&self, id: impl KeyPart + Send + Sync, ttl: Ttl) -> Result<bool> {
        let mut buffer = IdBuf::new();
        let inner = &self.inner;
        let key = inner.key(id.id_bytes(&mut buffer))?;
        let ttl = inner.ttl(ttl)?;
        inner.core.ensure_open(Operation::Touch)?;
        let outcome = inner.touch(key, ttl).await;
        inner.conclude(Some(key), Operation::Touch, outcome, true, |found| {
            Ended::if_found(*found, Count::Writes)
        })
    }

    /// Removes a value. After it returned `Ok`, no read of this process returns a value whose load began before.
    ///
    /// Whether something [existed](Removed) is a hint.
    ///
    /// # Errors
    /// As [`Domain::put`].
    pub async fn invalidate(&self, id: impl KeyPart + Send + Sync) -> Result<Removed> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        self.inner.invalidate(key).await
    }

    /// Marks a value old: from now on it is not fresh, but within its stale window it may be served while a load is slow.
    /// `false` if there was none.
    ///
    /// # Errors
    /// As [`Domain::put`].
    pub async fn expire(&self, id: impl KeyPart + Send + Sync) -> Result<bool> {
        let mut buffer = IdBuf::new();
        let key = self.inner.key(id.id_bytes(&mut buffer))?;
        let inner = &self.inner;
        inner.core.ensure_open(Operation::Expire)?;
        let (outcome, in_time) = inner.fenced(Target::Keys(&[key]), inner.expire(key)).await;
        inner.conclude(Some(key), Operation::Expire, outcome, in_time, |_| {
            Ended::well(Count::Expired)
        })
    }

    /// Removes every value of the domain, in all releases.
    ///
    /// # Errors
    /// As [`Domain::put`]; a part may be gone, and clearing again is safe.
    pub async fn clear(&self) -> Result<()> {
        let inner = &self.inner;
        inner.core.ensure_open(Operation::Clear)?;
        let scope = Scope::domain(inner.space.namespace(), inner.space.domain());
        let act = within(inner.core.clear_deadline, inner.store.clear(scope));
        let (outcome, in_time) = inner.fenced(Target::Scope(scope), act).await;
        inner.conclude(None, Operation::Clear, outcome, in_time, |()| {
            Ended::well(Count::Cleared)
        })
    }
}
