//! The loading half of a flight: read again, call the loader, decide what to answer and what to store.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Condition, Entry, Error, ErrorKind, EventKind, Found, Key, Meta, Operation, OwnedKey,
    Result, Timestamp, Ttl,
};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::time::timeout;

use super::Left;
use super::lease::{Lease, Leased};
use super::note::LoadNote;
use crate::core::{Answer, Held};
use crate::counters::Count;
use crate::deadline::{at_once, no_answer, within};
use crate::flight::{Host, Load, Reread};
use crate::hooks::Packing;
use crate::inner::Inner;
use crate::loader::{Call, LoadContext, Loaded};
use crate::lookup::{Cached, Lookup};
use crate::waits;

/// The loading half of a flight.
pub(super) struct LoadHost<'a, T: Send + Sync + 'static> {
    pub(super) inner: Arc<Inner<T>>,
    key: OwnedKey,
    flight: u64,
    left: Left,
    /// The lease that the load holds on a shared store.
    lease: Option<Lease<T>>,
    limit: Duration,
    call: Option<Call<'a, T>>,
}

impl<'a, T: Send + Sync + 'static> LoadHost<'a, T> {
    pub(super) fn new(
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        flight: u64,
        left: Left,
        limit: Duration,
        call: Call<'a, T>,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            key: key.to_owned(),
            flight,
            left,
            lease: None,
            limit,
            call: Some(call),
        }
    }

    /// Asks for a lease: the re-read of a load on a shared store.
    async fn lease(&mut self) -> Reread<Answer> {
        match self.inner.lease(&self.key).await {
            Leased::Reread(reread) => reread,
            Leased::Ours(lease) => {
                let when = Some(Condition::If(lease.stamp));
                self.lease = Some(lease);
                Reread::Load { stale: None, when }
            }
        }
    }

    /// Loads; a lease is renewed meanwhile, and taken away if there is nothing to publish over it.
    async fn loaded_under_lease(
        &mut self,
        context: LoadContext<T>,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        let Some(lease) = self.lease.as_ref().map(|lease| lease.stamp) else {
            return self.loaded(context, began, stale).await;
        };
        let inner = Arc::clone(&self.inner);
        let loaded = {
            let renewals = pin!(Arc::clone(&inner).renew(self.key.clone(), self.flight, lease));
            let loading = pin!(self.loaded(context, began, stale));
            match select(loading, renewals).await {
                Either::Left((loaded, _)) => loaded,
                Either::Right(((), loading)) => loading.await,
            }
        };
        if loaded.as_ref().map_or(true, |load| load.entry.is_none())
            && let Some(lease) = self.lease.take()
        {
            lease.release().await;
        }
        loaded
    }

    /// Is told that the load is about to be published: over its lease, if it has one.
    pub(super) fn publishes(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.leave();
        }
    }

    /// Calls the loader and settles what it says. A panic is contained, whether the loader's or the value's own.
    async fn loaded(
        &mut self,
        context: LoadContext<T>,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        #[cfg(feature = "versioning")]
        if stale.is_none()
            && let Some(inherited) = self.inner.inherited_load(self.key.as_key()).await
        {
            return Ok(inherited);
        }
        let note = LoadNote::begin(&self.inner, &self.key);
        let loading = async {
            let loaded = self.call(context).await?;
            self.settle(loaded, began, stale)
        };
        let ended = AssertUnwindSafe(loading).catch_unwind().await;
        let loaded = ended.unwrap_or_else(|_| Err(failed("the loader panicked")));
        note.end(&loaded);
        loaded
    }

    /// Calls the loader: ended after the limit, or when the cache closes.
    async fn call(&mut self, context: LoadContext<T>) -> Result<Loaded<T>> {
        let call = self.call.take().ok_or_else(|| self.inner.closed())?;
        let loading = waits::as_load_of(self.flight, async move { call(context).await });
        let mut loading = pin!(loading);
        if let Some(ended) = at_once(loading.as_mut()).await {
            return ended;
        }
        let in_time = timeout(self.limit, loading);
        let stop = &self.inner.core.ends.stop;
        let in_time = stop.run_until_cancelled(in_time).await;
        in_time
            .ok_or_else(|| self.inner.closed())?
            .map_err(|_| no_answer(self.limit).operation(Operation::Load))?
    }

    /// Says what to answer and what to store.
    fn settle(
        &self,
        loaded: Loaded<T>,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        let (ttl, value, window, validators) = match loaded {
            Loaded::Value(value) => (Ttl::Default, value, Duration::ZERO, None),
            Loaded::For(ttl, value) => (Ttl::After(ttl), value, Duration::ZERO, None),
            Loaded::Validated {
                value,
                ttl,
                stale_for,
                validators,
            } => (ttl, value, stale_for, Some(validators)),
            Loaded::Absent => return self.absent(began),
            Loaded::NotModified => return self.not_modified(began, stale),
            Loaded::DoNotStore(value) => (Ttl::After(Duration::ZERO), value, Duration::ZERO, None),
        };
        let value = Arc::new(value);
        // A life of zero from a loader means that the value is for the callers alone.
        let Ok(meta) = self.inner.meta(began, ttl, window) else {
            return Ok(Load {
                answer: Ok(Held::value(&value, self.unending(began)?)),
                entry: None,
            });
        };
        let answer = Ok(Held::value(&value, meta));
        let entry = match self.inner.pack(meta, value, validators) {
            Ok(entry) => Some(entry),
            Err(error) => {
                self.inner
                    .note_failure(Some(self.key.as_key()), Operation::Put, error);
                None
            }
        };
        Ok(Load { answer, entry })
    }

    /// The meta of what is handed on and not stored.
    fn unending(&self, began: Timestamp) -> Result<Meta> {
        self.inner.meta(began, Ttl::Never, Duration::ZERO)
    }

    fn absent(&self, began: Timestamp) -> Result<Load<Answer>> {
        let ttl = Ttl::After(self.inner.policy.negative_ttl);
        let Ok(meta) = self.inner.meta(began, ttl, Duration::ZERO) else {
            return Ok(Load {
                answer: Ok(Held::absent(self.unending(began)?)),
                entry: None,
            });
        };
        Ok(Load {
            answer: Ok(Held::absent(meta)),
            entry: Some(Entry::negative(meta)),
        })
    }

    /// Makes the stale entry fresh again: the same payload and validators, new times.
    fn not_modified(
        &self,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        let Some((entry, value)) = stale else {
            return Err(failed(
                "the loader answered `NotModified`, but there is no stale value",
            ));
        };
        let window = entry.meta.dead_at.since(entry.meta.fresh_until);
        let meta = Meta {
            weight: entry.meta.weight,
            codec: entry.meta.codec,
            ..self.inner.meta(began, Ttl::Default, window)?
        };
        Ok(Load {
            answer: Ok(Held::value(&value, meta)),
            entry: Some(Entry { meta, ..entry }),
        })
    }

    /// Reads what stands there as a value, for the loader's context.
    fn stale_value(&self, entry: &Entry) -> Option<Arc<T>> {
        self.inner
            .packing
            .unpack(&entry.meta, entry.payload.clone())
            .ok()
            .flatten()
    }
}

fn failed(why: &'static str) -> Error {
    Error::new(ErrorKind::Load, why).operation(Operation::Load)
}

impl<T: Send + Sync + 'static> Host<Answer> for LoadHost<'_, T> {
    async fn reread(&mut self) -> Reread<Answer> {
        const NOT_TO_BE_STORED: Reread<Answer> = Reread::Load {
            stale: None,
            when: None,
        };
        if self.left.store_failed || self.inner.core.is_bypassed() {
            return NOT_TO_BE_STORED;
        }
        if self.inner.is_shared() && !self.left.stale {
            return self.lease().await;
        }
        let inner = &self.inner;
        let key = self.key.as_key();
        match within(inner.core.deadline, inner.find_again(key)).await {
            Ok(Found::Entry(entry)) => inner.reread_entry(entry),
            Ok(_) if inner.is_shared() => self.lease().await,
            Ok(_) => Reread::Load {
                stale: None,
                when: Some(Condition::Absent),
            },
            Err(error) => {
                inner.note_failure(Some(key), Operation::Get, error);
                NOT_TO_BE_STORED
            }
        }
    }

    async fn load(&mut self, stale: Option<Entry>) -> Load<Answer> {
        let began = self.inner.judge.clock().now();
        let stale = stale.and_then(|entry| self.stale_value(&entry).map(|value| (entry, value)));
        let context = LoadContext {
            stale: stale
                .as_ref()
                .map(|(entry, value)| Cached::new(Arc::clone(value), &entry.meta, began, true)),
            validators: stale
                .as_ref()
                .and_then(|(entry, _)| entry.extensions.clone()),
            limit: self.inner.policy.hard,
            closing: self.inner.core.ends.closing.clone(),
        };
        let loaded = self.loaded_under_lease(context, began, stale).await;
        loaded.unwrap_or_else(|error| Load {
            answer: Err(error),
            entry: None,
        })
    }

    async fn fenced(&mut self) {
        self.inner.note_fenced(self.key.as_key());
        // What fenced it may have stored nothing over the lease.
        if let Some(lease) = self.lease.take() {
            lease.release().await;
        }
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Reads a key that was just read. In process the head comes first: there, a `get` counts as a use of the key, and the
    /// eviction policy would take every miss for two.
    async fn find_again(&self, key: Key<'_>) -> Result<Found> {
        if matches!(self.packing, Packing::Object) && self.store.head(key).await?.is_none() {
            return Ok(Found::Absent);
        }
        Ok(self.store.get(key).await?.unshared())
    }

    pub(super) fn note_fenced(&self, key: Key<'_>) {
        self.counts.add(Count::Fenced);
        self.core.observers.tell(Some(key), EventKind::Fenced);
    }

    /// Says what an entry means for a load: an answer if it is fresh, else what the load replaces.
    pub(super) fn reread_entry(&self, entry: Entry) -> Reread<Answer> {
        let when = Some(Condition::If(entry.meta.stamp));
        match self.examine(Found::Entry(entry.clone())) {
            Lookup::Fresh(value) => Reread::Fresh(Ok(Held::value(value.shared(), entry.meta))),
            Lookup::Negative => Reread::Fresh(Ok(Held::absent(entry.meta))),
            Lookup::Stale(_) => Reread::Load {
                stale: Some(entry),
                when,
            },
            Lookup::Miss(_) => Reread::Load { stale: None, when },
        }
    }
}
