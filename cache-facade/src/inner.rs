//! The inside of a domain: its place in the store, its rules, its counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::{
    AnyBackend, Backend, Entry, Epoch, Error, EventKind, Extensions, Found, Judge, Key, Life,
    Lifetime, Meta, Operation, Payload, ReadOutcome, Result, Space, Timestamp, Ttl,
};

use crate::core::Core;
use crate::counters::{Count, Counts};
use crate::deadline::Deadline;
use crate::flight::{Target, fenced};
use crate::hooks::{Hooks, Packing};
use crate::loader::AnyLoader;
use crate::lookup::{Cached, Lookup, MissReason};
use crate::report::trace_operation;

/// The times of a domain, with every default filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) ttl: Ttl,
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
    ///
    /// The store's answer is taken apart where it lies: moving it once more costs a tenth of a hit.
    #[inline(always)]
    pub(crate) fn look_now(&self, key: Key<'_>) -> Option<Lookup<T>> {
        if self.core.is_bypassed() {
            let is_open = self.core.ensure_open(Operation::Get).is_ok();
            return is_open.then_some(Lookup::Miss(MissReason::Bypassed));
        }
        let now = self.judge.clock().coarse();
        let mut answer = self.store.get_now(key.asked_at(now));
        match &mut answer {
            Some(Found::Entry(entry)) => Some(self.open(entry, now)),
            Some(other) => Some(Lookup::Miss(nothing(other))),
            None => None,
        }
    }

    /// Turns what the store found into what the caller gets.
    pub(crate) fn examine(&self, mut found: Found) -> Lookup<T> {
        match &mut found {
            Found::Entry(entry) => self.open(entry, self.judge.clock().coarse()),
            other => Lookup::Miss(nothing(other)),
        }
    }

    /// Judges an entry and takes its payload out.
    #[inline(always)]
    fn open(&self, entry: &mut Entry, now: Timestamp) -> Lookup<T> {
        let is_stale = match self.judge.life(&entry.meta, now) {
            Life::Fresh => false,
            Life::Stale => true,
            Life::Dead => return Lookup::Miss(MissReason::Expired),
            Life::Ahead => return Lookup::Miss(MissReason::Clock),
        };
        let payload = std::mem::replace(&mut entry.payload, Payload::Lease);
        match self.packing.unpack(&entry.meta, payload) {
            Ok(Some(value)) if is_stale => {
                Lookup::Stale(Cached::new(value, &entry.meta, now, true))
            }
            Ok(Some(value)) => Lookup::Fresh(Cached::new(value, &entry.meta, now, false)),
            Ok(None) if is_stale => Lookup::Miss(MissReason::Expired),
            Ok(None) => Lookup::Negative,
            Err(reason) => Lookup::Miss(reason),
        }
    }

    /// Takes note of a look-up: counted once, by what it first found.
    #[inline(always)]
    pub(crate) fn note_read(&self, key: Key<'_>, lookup: &Lookup<T>) {
        self.count_read(key, lookup);
        trace_operation!(self.name(), "get", lookup.as_str());
    }

    /// Counts a look-up; the failure behind it is told by [`Self::note_failure`].
    #[inline(always)]
    pub(crate) fn count_read(&self, key: Key<'_>, lookup: &Lookup<T>) {
        let (count, outcome) = match lookup {
            Lookup::Fresh(_) => (Count::Fresh, ReadOutcome::Fresh),
            Lookup::Stale(_) => (Count::Stale, ReadOutcome::Stale),
            Lookup::Negative => (Count::Negative, ReadOutcome::Negative),
            Lookup::Miss(reason) => (reason.count(), reason.outcome()),
        };
        self.counts.add(count);
        if !self.core.observers.is_empty() {
            self.core
                .observers
                .tell(Some(key), EventKind::Read(outcome));
        }
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
            Lifetime::starting(created, ttl.resolve(self.policy.ttl)?, window),
        ))
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

/// Why there is nothing, where there is no entry.
const fn nothing(found: &Found) -> MissReason {
    match found {
        Found::Entry(_) | Found::Absent => MissReason::Absent,
        Found::Dead => MissReason::Expired,
        Found::Unreadable(reason) => MissReason::of_unreadable(*reason),
    }
}

impl MissReason {
    const fn outcome(self) -> ReadOutcome {
        use cache_core::{ErrorKind, Reason};
        match self {
            Self::Absent | Self::Bypassed => ReadOutcome::Absent,
            Self::Expired => ReadOutcome::Expired,
            Self::Undecodable => ReadOutcome::Unreadable(Reason::Codec),
            Self::WrongType => ReadOutcome::Unreadable(Reason::WrongType),
            Self::Schema => ReadOutcome::Unreadable(Reason::Schema),
            Self::Clock => ReadOutcome::Unreadable(Reason::Clock),
            Self::BackendError => ReadOutcome::Failed(ErrorKind::Unavailable),
            Self::Timeout => ReadOutcome::Failed(ErrorKind::Timeout),
        }
    }
}
