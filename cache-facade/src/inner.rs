//! The inside of a domain: its place in the store, its rules, its counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::{
    AnyBackend, AnyShared, Backend, Entry, Epoch, Error, EventKind, Extensions, Found, Judge, Key,
    Life, Lifetime, Meta, Operation, Result, Space, Timestamp, Ttl,
};
use tracing::level_filters::LevelFilter;

use crate::core::Core;
use crate::counters::{Count, Counts};
use crate::deadline::Deadline;
use crate::flight::{Target, fenced};
use crate::hooks::{Hooks, Packing};
use crate::loader::AnyLoader;
use crate::lookup::{Cached, Lookup, MissReason, Seen};
#[cfg(feature = "versioning")]
use crate::migration::Predecessor;
use crate::report::trace_operation;

/// The times of a domain, with every default filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) ttl: Ttl,
    /// What becomes of [`Ttl::Never`].
    pub(crate) never: Ttl,
    pub(crate) negative_ttl: Duration,
    pub(crate) soft: Option<Duration>,
    pub(crate) hard: Duration,
}

pub(crate) struct Inner<T> {
    pub(crate) core: Arc<Core>,
    /// The core's store and judge again, one pointer nearer to the hit path.
    pub(crate) store: AnyBackend,
    pub(crate) judge: Judge,
    pub(crate) space: Space,
    pub(crate) epoch: Epoch,
    pub(crate) policy: Policy,
    pub(crate) packing: Packing<T>,
    pub(crate) hooks: Hooks<T>,
    pub(crate) loader: Option<Arc<dyn AnyLoader<T>>>,
    /// Earlier types whose values may still be there.
    #[cfg(feature = "versioning")]
    pub(crate) predecessors: Vec<Predecessor<T>>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) weight_is_unknown: AtomicBool,
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(crate) fn name(&self) -> &str {
        self.space.domain()
    }

    #[inline(always)]
    pub(crate) fn key<'a>(&'a self, id: &'a [u8]) -> Result<Key<'a>> {
        Key::new(&self.space, self.epoch, id)
    }

    /// Looks in the store if it can answer at once.
    #[inline(always)]
    pub(crate) fn look_now(&self, key: Key<'_>) -> Option<Lookup<T>> {
        if self.core.is_bypassed() {
            let is_open = self.core.ensure_open(Operation::Get).is_ok();
            return is_open.then_some(Lookup::Miss(MissReason::Bypassed));
        }
        let now = self.judge.clock().coarse();
        // Not by `?`: the answer would be moved once more.
        match self.store.get_now(key.asked_at(now)) {
            Some(Found::Shared(shared)) => Some(self.open_shared(shared, now)),
            Some(other) => Some(self.open(other, now)),
            None => None,
        }
    }

    /// Turns what the store found into what the caller gets.
    pub(crate) fn examine(&self, found: Found) -> Lookup<T> {
        self.open(found, self.judge.clock().coarse())
    }

    /// Judges what an in-process store shares: the way of a hit.
    #[inline(always)]
    fn open_shared(&self, shared: Arc<dyn AnyShared>, now: Timestamp) -> Lookup<T> {
        let Ok(shared) = shared.downcast::<T>() else {
            return Lookup::Miss(MissReason::WrongType);
        };
        match self.judge.life(shared.meta(), now) {
            Life::Fresh => Lookup::Fresh(Cached::of(shared, now, false)),
            Life::Stale => Lookup::Stale(Cached::of(shared, now, true)),
            Life::Dead => Lookup::Miss(MissReason::Expired),
            Life::Ahead => Lookup::Miss(MissReason::Clock),
        }
    }

    #[inline(never)]
    pub(crate) fn open(&self, found: Found, now: Timestamp) -> Lookup<T> {
        match found {
            Found::Shared(shared) => self.open_shared(shared, now),
            Found::Entry(entry) => self.open_entry(entry, now),
            Found::Absent => Lookup::Miss(MissReason::Absent),
            Found::Dead => Lookup::Miss(MissReason::Expired),
            Found::Unreadable(reason) => Lookup::Miss(MissReason::of_unreadable(reason)),
        }
    }

    /// Judges an entry and unpacks it.
    fn open_entry(&self, entry: Entry, now: Timestamp) -> Lookup<T> {
        let is_stale = match self.judge.life(&entry.meta, now) {
            Life::Fresh => false,
            Life::Stale => true,
            Life::Dead => return Lookup::Miss(MissReason::Expired),
            Life::Ahead => return Lookup::Miss(MissReason::Clock),
        };
        match self.packing.unpack(&entry.meta, entry.payload) {
            Ok(Some(value)) => {
                let cached = Cached::new(value, &entry.meta, now, is_stale);
                if is_stale {
                    Lookup::Stale(cached)
                } else {
                    Lookup::Fresh(cached)
                }
            }
            Ok(None) if is_stale => Lookup::Miss(MissReason::Expired),
            Ok(None) => Lookup::Negative,
            Err(reason) => Lookup::Miss(reason),
        }
    }

    /// Takes note of a look-up: counted once, by what it first found.
    ///
    /// By value: a reference to the look-up would pin it to memory, and moving it from there waits for its parts.
    #[inline(always)]
    pub(crate) fn note_read(&self, key: Key<'_>, seen: Seen) {
        self.count_read(key, seen);
        if LevelFilter::current() == LevelFilter::TRACE {
            self.trace_read(seen);
        }
    }

    #[inline(never)]
    fn trace_read(&self, seen: Seen) {
        trace_operation!(self.name(), "get", seen.as_str());
    }

    /// Counts a look-up; the failure behind it is told by [`Self::note_failure`].
    #[inline(always)]
    pub(crate) fn count_read(&self, key: Key<'_>, seen: Seen) {
        self.counts.add(seen.count());
        if !self.core.observers.is_empty() {
            self.tell_read(key, seen);
        }
    }

    #[inline(never)]
    fn tell_read(&self, key: Key<'_>, seen: Seen) {
        let event = EventKind::Read(seen.outcome());
        self.core.observers.tell(Some(key), event);
    }

    /// Takes note of a failed operation, and names it in the error.
    pub(crate) fn note_failure(
        &self,
        key: Option<Key<'_>>,
        operation: Operation,
        error: Error,
    ) -> Error {
        self.counts.add(Count::Failures);
        self.core
            .observers
            .tell(key, EventKind::Failed(operation, error.kind()));
        trace_operation!(self.name(), operation.as_str(), error.kind().as_str());
        error.operation(operation).backend(self.store.info().name)
    }

    /// Takes note of a change that ended well.
    pub(crate) fn note_change(&self, key: Option<Key<'_>>, operation: Operation, ended: Ended) {
        if let Some(count) = ended.count {
            self.counts.add(count);
            self.core.observers.tell(key, EventKind::Written(operation));
        }
        trace_operation!(self.name(), operation.as_str(), ended.outcome);
    }

    /// Acts on keys, or on a scope, with the flights there fenced before and after.
    ///
    /// The second value says whether all leaders that were publishing ended in time; if not, the caller answers `Timeout`.
    pub(crate) async fn fenced<O>(
        &self,
        target: Target<'_>,
        act: impl Future<Output = O> + Send,
    ) -> (O, bool) {
        let mut patience = Deadline::new(self.core.deadline);
        fenced(&self.core.flights, target, &mut patience, act).await
    }

    /// Makes the meta of a write.
    ///
    /// # Errors
    /// `InvalidArgument` for a TTL of zero.
    pub(crate) fn meta(&self, created: Timestamp, ttl: Ttl, window: Duration) -> Result<Meta> {
        Ok(Meta::new(
            created,
            Lifetime::starting(created, self.ttl(ttl)?, window),
        ))
    }

    /// Settles what a TTL means here.
    ///
    /// # Errors
    /// `InvalidArgument` for zero.
    pub(crate) fn ttl(&self, ttl: Ttl) -> Result<Ttl> {
        Ok(match ttl.resolve(self.policy.ttl)? {
            Ttl::Never => self.policy.never,
            ttl => ttl,
        })
    }

    /// Packs a value, with its weight.
    pub(crate) fn pack(
        &self,
        meta: Meta,
        value: Arc<T>,
        validators: Option<Extensions>,
    ) -> Result<Entry> {
        let weight = (self.hooks.weigh)(&value);
        if !weight.is_known {
            self.weight_is_unknown.store(true, Ordering::Relaxed);
        }
        let weight = u32::try_from(weight.bytes).unwrap_or(u32::MAX).max(1);
        let entry = self.packing.pack(Meta { weight, ..meta }, value)?;
        Ok(match validators {
            Some(validators) => entry.with_extensions(validators),
            None => entry,
        })
    }
}

/// How a change ended.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    count: Option<Count>,
    outcome: &'static str,
}

impl Ended {
    /// Something was changed.
    pub(crate) const fn well(count: Count) -> Self {
        Self {
            count: Some(count),
            outcome: "ok",
        }
    }

    /// Nothing was changed.
    pub(crate) const fn without_effect(outcome: &'static str) -> Self {
        Self {
            count: None,
            outcome,
        }
    }

    /// Something was changed, or there was nothing to change.
    pub(crate) const fn if_found(found: bool, count: Count) -> Self {
        if found {
            Self::well(count)
        } else {
            Self::without_effect("missing")
        }
    }
}
