//! The decorator: releases that share a store do not read each other's values, and a change by one reaches the others.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{
    Backend, BackendInfo, Condition, Counters, Entry, Error, Flags, Found, Judge, Key, Layer, Meta,
    Operation, Page, Put, PutItem, Removed, Result, Scope, Stamp, Stats, Timestamp,
};
use futures_core::Stream;

use super::shared::Shared;
use super::standing::Standing;
use super::{SETTLED_AFTER, settling};

/// Settings of [`Versioned`].
#[derive(Clone, Debug)]
pub struct VersionedLayer {
    release: String,
    judge: Judge,
    settling: Duration,
}

impl VersionedLayer {
    /// Sets the application's release; a [`Cache`](crate::Cache) gives it in its own spelling.
    #[must_use]
    pub fn new(release: impl Into<String>, judge: Judge) -> Self {
        Self {
            release: release.into(),
            judge,
            settling: SETTLED_AFTER,
        }
    }

    /// Sets how long a call may take at most, in all processes. Default: 500 ms.
    ///
    /// Changes that were begun before an address was listed have to end before values are taken over to it, which takes four
    /// calls, and at least 2 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settling = settling(deadline);
        self
    }
}

impl<B: Backend> Layer<B> for VersionedLayer {
    type Backend = Versioned<B>;

    fn layer(&self, inner: B) -> Versioned<B> {
        let shared = Shared::new(
            inner,
            self.release.clone(),
            self.judge.clone(),
            self.settling,
        );
        Versioned {
            shared: Arc::new(shared),
            reaches: true,
        }
    }
}

/// A backend on which several releases of an application are at work at the same time, or one after the other.
///
/// The address of an entry has the release's epoch and the type's schema, so no release reads what it could not decode. This
/// layer keeps a record of the addresses in use for each domain, in the reserved domain of the same store: whoever reads or
/// stores is listed there first, and a put, a removal or an expiry acts on the id under every address that is listed. So an
/// invalidation crosses releases, rolled back ones included.
///
/// A store that this process has for itself, and that ends with it, has no other release; there it does nothing.
///
/// # Example
/// ```
/// use cache_core::{Backend, Epoch, Judge, Key, Layer, Space};
/// use cache_facade::VersionedLayer;
/// use cache_testkit::MemoryBackend;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cache_core::Result<()> {
/// let versioned = VersionedLayer::new("1.4.0", Judge::default()).layer(MemoryBackend::encoded(Judge::default()));
/// let space = Space::new("app", "character", 7)?;
/// versioned.get(Key::new(&space, Epoch(1 << 32), b"95465499")?).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Versioned<B> {
    shared: Arc<Shared<B>>,
    /// Whether changes reach other releases.
    reaches: bool,
}

impl<B> Clone for Versioned<B> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            reaches: self.reaches,
        }
    }
}

impl<B> Versioned<B> {
    /// Returns the backend inside.
    #[must_use]
    pub fn get_ref(&self) -> &B {
        &self.shared.store
    }

    /// Returns the same store for loads: what they store stands beside what other releases loaded, and removes nothing.
    /// Nothing is stored while this release is not listed.
    #[must_use]
    pub fn for_loads(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            reaches: false,
        }
    }
}

impl<B: Backend> Versioned<B> {
    /// Returns how long it is until values may be taken over to a key's address: changes that began before the address was
    /// listed have to end.
    pub fn settles_in(&self, key: Key<'_>) -> Duration {
        let standing = self
            .shared
            .standing(key)
            .filter(|_| self.shared.has_company);
        let now = self.shared.judge.clock().coarse();
        standing.map_or(Duration::ZERO, |standing| standing.settles_in(now))
    }

    /// Says whether values of another type may be taken over.
    pub(crate) fn takes_over_from(&self, key: Key<'_>, schema: u64) -> bool {
        self.takes_over_in(key, schema)
            .is_some_and(|time| time.is_zero())
    }

    /// Returns how long it is until values of another type may be taken over; `None` if no other release is listed with it, in
    /// the key's own domain and epoch.
    pub(crate) fn takes_over_in(&self, key: Key<'_>, schema: u64) -> Option<Duration> {
        let others = self.shared.standing(key)?.others();
        let mut alike = others.iter().filter(|(_, epoch)| *epoch == key.epoch());
        let is_listed = alike.any(|(space, _)| space.schema() == schema);
        is_listed.then(|| self.settles_in(key))
    }

    /// Reads the record of a key's domain, if others may have changed it.
    pub(crate) async fn look(&self, key: Key<'_>) -> Result<()> {
        let standing = self.shared.standing(key);
        let standing = standing.filter(|_| self.shared.has_company);
        let standings: Vec<&Standing> = standing.into_iter().collect();
        let records = self.shared.records(&standings).await;
        records.into_iter().try_for_each(|record| record.map(drop))
    }

    /// Looks at the records again that the manager of this process may have changed, and nobody else.
    pub(crate) async fn look_again(&self) -> Result<()> {
        self.shared.look_again().await
    }

    /// Says whether others write to the store meanwhile.
    pub(crate) fn has_company(&self) -> bool {
        self.shared.has_company
    }

    pub(crate) fn raise(&self, mark: Timestamp, domain: Option<&str>) {
        self.shared.raise(domain, mark);
    }

    /// Says whether an entry is older than what is still read.
    pub(crate) fn is_below(&self, key: Key<'_>, meta: &Meta) -> bool {
        self.shared.is_below(key, meta)
    }

    fn store(&self) -> &B {
        &self.shared.store
    }

    /// Makes sure that this release is listed for these keys' domains.
    async fn ready(&self, keys: &[Key<'_>]) -> Result<()> {
        self.shared.ready(&self.shared.standings(keys)).await
    }

    async fn ready_for(&self, key: Key<'_>) -> Result<()> {
        match self.shared.standing(key) {
            Some(standing) => self.shared.ready(&[standing]).await,
            None => Ok(()),
        }
    }

    /// Says whether a load may store: it began while this release was listed, or its own read would have failed.
    fn may_store(&self, key: Key<'_>) -> bool {
        self.shared.standing(key).is_none_or(Standing::stands)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Versioned<B> {
    fn info(&self) -> &BackendInfo {
        self.store().info()
    }

    #[inline]
    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        let Some(standing) = self.shared.standing(key) else {
            return self.store().get_now(key);
        };
        if !standing.stands() {
            return None;
        }
        let found = self.store().get_now(key)?;
        let is_below = found.meta().is_some_and(|meta| standing.is_below(meta));
        (!is_below).then_some(found)
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let Some(standing) = self.shared.standing(key) else {
            return self.store().get(key).await;
        };
        self.shared.ready(&[standing]).await?;
        let found = self.store().get(key).await?;
        Ok(self.shared.above_the_mark(key, found).await)
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if !self.reaches {
            return if self.may_store(key) {
                self.shared.put_above_the_mark(key, entry, when).await
            } else {
                Ok(Put::Refused(None))
            };
        }
        self.ready_for(key).await?;
        let own = async { vec![self.shared.put_above_the_mark(key, entry, when).await] };
        let mut puts = self.shared.before_others(&[key], own).await;
        puts.pop().unwrap_or(Ok(Put::Refused(None)))
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        if only.is_some() || !self.reaches {
            return self.store().remove(key, only).await;
        }
        if self.shared.standing(key).is_none() {
            return self.store().remove(key, None).await;
        }
        let mut removed = self.shared.remove_everywhere(&[key]).await;
        removed.pop().unwrap_or(Ok(Removed::Unknown))
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.ready_for(key).await?;
        let meta = self.store().head(key).await?;
        Ok(meta.filter(|meta| !self.shared.is_below(key, meta)))
    }

    /// An expiry takes the freshness here, and the whole entry from other releases, whose times are not known here.
    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let own = self.store().retime(key, to, over);
        if !self.reaches || !to.flags.contains(Flags::EXPIRED) {
            return own.await;
        }
        self.shared.around_own(key, own).await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        match self.ready(keys).await {
            Ok(()) => {
                let found = self.store().get_many(keys).await;
                self.shared.all_above_the_mark(keys, found).await
            }
            Err(error) => keys.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let keys: Vec<Key<'_>> = items.iter().map(|item| item.key).collect();
        if !self.reaches {
            return if keys.iter().all(|key| self.may_store(*key)) {
                self.shared.put_all_above_the_mark(items).await
            } else {
                keys.iter().map(|_| Ok(Put::Refused(None))).collect()
            };
        }
        if let Err(error) = self.ready(&keys).await {
            return keys.iter().map(|_| Err(error.clone())).collect();
        }
        let own = self.shared.put_all_above_the_mark(items);
        self.shared.before_others(&keys, own).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        if self.reaches {
            self.shared.remove_everywhere(keys).await
        } else {
            self.store().remove_many(keys).await
        }
    }

    /// A scope without an epoch is cleared in all releases.
    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.shared.clear(scope).await
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.store().scan(scope)
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.store().count(scope).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.store().stats().await
    }

    async fn ping(&self) -> Result<Duration> {
        self.store().ping().await
    }

    async fn flush(&self) -> Result<()> {
        self.store().flush().await
    }

    async fn close(&self) -> Result<()> {
        self.store().close().await
    }

    fn counters(&self) -> Option<&dyn Counters> {
        self.store().counters().map(|_| self as &dyn Counters)
    }
}

/// Counters have no epoch and no schema: all releases count together.
#[async_trait]
impl<B: Backend> Counters for Versioned<B> {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        match self.store().counters() {
            Some(counters) => counters.add(key, by, window).await,
            None => Err(Error::unsupported(Operation::Add, self.info().name)),
        }
    }
}
