//! A backend each of whose operations is a step of an actor.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, Capability, Condition, Counters, Entry, Error, ErrorKind, Found, Key,
    Meta, Operation, Page, Payload, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_util::stream::{self, Stream, StreamExt};

use super::Actor;

/// A backend that stops its actor before each operation. The renewals of the actor's own lease pass freely: they come by
/// time, and [`Steps::pass`](super::Steps::pass) waits for them. So do counters, which are no entries.
///
/// `get_now` cannot stop, so it answers `None`.
#[derive(Clone, Debug)]
pub struct Stepped<B> {
    inner: B,
    actor: Actor,
    info: BackendInfo,
    publishes_always: bool,
    renews: bool,
    /// The last try for a lease met an entry, which is read next.
    has_met_an_entry: Arc<AtomicBool>,
}

impl<B: Backend> Stepped<B> {
    /// Wraps a backend for the node of one actor.
    #[must_use]
    pub fn new(inner: B, actor: &Actor) -> Self {
        Self {
            info: inner.info().clone(),
            inner,
            actor: actor.clone(),
            publishes_always: false,
            renews: true,
            has_met_an_entry: Arc::default(),
        }
    }

    /// Hides that others write to the store, so that no lease is used: a fault, to be found.
    #[must_use]
    pub fn without_leases(mut self) -> Self {
        self.info.capabilities = self.info.capabilities.without(Capability::Shared);
        self
    }

    /// Stores what was loaded whatever stands there: a fault, to be found.
    #[must_use]
    pub const fn without_conditions(mut self) -> Self {
        self.publishes_always = true;
        self
    }

    /// Loses every renewal on its way to the store: a fault, to be found.
    #[must_use]
    pub const fn without_renewals(mut self) -> Self {
        self.renews = false;
        self
    }

    async fn step<T>(&self, what: &'static str, operation: impl Future<Output = T> + Send) -> T {
        self.actor.step(what).await;
        operation.await
    }

    async fn put_lease(&self, key: Key<'_>, lease: Entry, when: Condition) -> Result<Put> {
        let stamp = lease.meta.stamp;
        let put = self.step("lease", self.inner.put(key, lease, when)).await;
        match &put {
            Ok(Put::Stored(_)) => self.actor.leases(stamp),
            // The node tries again after a pause.
            Ok(Put::Refused(Some(standing))) if standing.is_lease() => self.actor.rest(),
            Ok(Put::Refused(Some(_))) => self.has_met_an_entry.store(true, SeqCst),
            Ok(Put::Refused(None)) | Err(_) => {}
        }
        put
    }

    /// Reads; where the entry that a lease met is gone again, the node pauses as well.
    async fn read(&self, key: Key<'_>) -> Result<Found> {
        let found = self.step("get", self.inner.get(key)).await;
        let is_gone = !matches!(found, Ok(Found::Entry(_)) | Err(_));
        if self.has_met_an_entry.swap(false, SeqCst) && is_gone {
            self.actor.rest();
        }
        found
    }

    async fn renew(&self, key: Key<'_>, to: Meta, lease: Stamp) -> Result<Put> {
        let put = if self.renews {
            self.inner.retime(key, to, lease).await
        } else {
            Err(Error::new(ErrorKind::Timeout, "lost").operation(Operation::Retime))
        };
        self.actor.renewed(matches!(put, Ok(Put::Refused(_))));
        put
    }

    /// Names a put by its condition, which tells a load's from a change.
    fn condition(&self, when: Condition) -> (&'static str, Condition) {
        let what = match when {
            Condition::Always => "put",
            Condition::Absent => "put if absent",
            Condition::If(_) => "put if unchanged",
        };
        let when = if self.publishes_always {
            Condition::Always
        } else {
            when
        };
        (what, when)
    }

    /// After its lease was published over, or taken away, an actor renews it no longer.
    fn note_end_of(&self, lease: Option<Stamp>) {
        if lease.is_some_and(|stamp| self.actor.renews(stamp)) {
            self.actor.has_loaded();
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Stepped<B> {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn get_now(&self, _: Key<'_>) -> Option<Found> {
        None
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        self.read(key).await
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if matches!(entry.payload, Payload::Lease) {
            return self.put_lease(key, entry, when).await;
        }
        if let Condition::If(stamp) = when {
            self.note_end_of(Some(stamp));
        }
        let (what, when) = self.condition(when);
        self.step(what, self.inner.put(key, entry, when)).await
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.note_end_of(only);
        self.step("remove", self.inner.remove(key, only)).await
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.step("head", self.inner.head(key)).await
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        if self.actor.renews(over) {
            return self.renew(key, to, over).await;
        }
        self.step("retime", self.inner.retime(key, to, over)).await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.step("get many", self.inner.get_many(keys)).await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.step("put many", self.inner.put_many(items)).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        self.step("remove many", self.inner.remove_many(keys)).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.step("clear", self.inner.clear(scope)).await
    }

    /// Stops before every page.
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        let pages = Box::pin(self.inner.scan(scope));
        stream::unfold(pages, async |mut pages| {
            let page = self.step("scan", pages.next()).await?;
            Some((page, pages))
        })
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.step("count", self.inner.count(scope)).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.step("stats", self.inner.stats()).await
    }

    async fn ping(&self) -> Result<Duration> {
        self.step("ping", self.inner.ping()).await
    }

    async fn flush(&self) -> Result<()> {
        self.step("flush", self.inner.flush()).await
    }

    async fn close(&self) -> Result<()> {
        self.step("close", self.inner.close()).await
    }

    fn counters(&self) -> Option<&dyn Counters> {
        self.inner.counters()
    }
}
