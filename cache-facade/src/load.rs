//! Loads: what happens on a miss, from joining the flight to the callers' answer.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Condition, Entry, Error, ErrorKind, EventKind, Found, Key, Life, Meta, Operation,
    OwnedKey, Put, Result, Timestamp, Ttl,
};
use futures_util::FutureExt;
use tokio::time::{sleep, timeout};

use crate::core::{Answer, Core, Held};
use crate::counters::Count;
use crate::deadline::{at_once, no_answer, within};
use crate::flight::{Entered, Flight, Host, Leader, Load, Publisher, Reread, lead, publish};
use crate::hooks::{Packing, as_object};
use crate::inner::Inner;
use crate::loader::{LoadContext, Loaded, Loading};
use crate::lookup::{Cached, Lookup};
use crate::waits;

/// Calls a loader, once.
pub(crate) type Call<'a, T> = Box<dyn FnOnce(LoadContext<T>) -> Loading<'a, T> + Send + 'a>;

/// A load that goes on after its callers left is dropped after this many times `load_timeout.hard`.
const ABANDON_AFTER: u32 = 4;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Answers a look-up that found nothing fresh, by the flight of its key.
    pub(crate) async fn load(
        self: &Arc<Self>,
        key: Key<'_>,
        first: First<T>,
        start: impl Start<T>,
    ) -> Result<Option<Cached<T>>> {
        self.core.ensure_open(Operation::Load)?;
        Core::ensure_runtime()?;
        let mut start = Some(start);
        loop {
            let flight = match self.core.flights.enter(key) {
                Entered::Full => {
                    return Err(self.note_failure(Some(key), Operation::Load, overloaded()));
                }
                Entered::Joined(flight) => {
                    self.note_join(key);
                    flight
                }
                Entered::Leading(leader) => {
                    // `close` may have gone through the table just before this flight was opened.
                    self.core.ensure_open(Operation::Load)?;
                    let Some(start) = start.take() else {
                        return Err(self.closed());
                    };
                    let flight = Arc::clone(leader.flight());
                    start.start(self, key, leader, first.store_failed).await;
                    flight
                }
            };
            let _wait = waits::enter(flight.id())?;
            match self.wait(&flight, first.stale.as_ref()).await? {
                Waited::Answer(answer) => return self.give(answer),
                Waited::Stale(value) => return Ok(Some(value)),
                // The leader ran in its caller's future and went with it: the next one takes over.
                Waited::Abandoned => {}
            }
        }
    }

    /// Waits for the flight's answer: at most `hard`, and with a stale value in hand at most `soft`.
    async fn wait(
        &self,
        flight: &Arc<Flight<Answer>>,
        stale: Option<&Cached<T>>,
    ) -> Result<Waited<T>> {
        let mut answer = pin!(flight.answer());
        if let Some(answer) = at_once(answer.as_mut()).await {
            return Ok(Waited::of(answer));
        }
        if let (Some(soft), Some(stale)) = (self.policy.soft, stale) {
            return Ok(timeout(soft, answer)
                .await
                .map_or_else(|_| Waited::Stale(stale.clone()), Waited::of));
        }
        timeout(self.policy.hard, answer)
            .await
            .map(Waited::of)
            .map_err(|_| self.too_slow())
    }

    /// Gives the flight's answer to one caller.
    fn give(&self, answer: Answer) -> Result<Option<Cached<T>>> {
        let Some(Held { value, meta }) = answer? else {
            return Ok(None);
        };
        let now = self.judge.clock().coarse();
        let is_stale = self.judge.life(&meta, now) == Life::Stale;
        match value.downcast::<T>() {
            Ok(value) => Ok(Some(Cached::new(value, &meta, now, is_stale))),
            Err(_) => Err(Error::new(
                ErrorKind::WrongType,
                "the load of this key yields another type",
            )
            .operation(Operation::Load)),
        }
    }

    fn note_join(&self, key: Key<'_>) {
        self.counts.add(Count::Waiters);
        self.core.observers.tell(Some(key), EventKind::Joined);
    }

    fn too_slow(&self) -> Error {
        no_answer(self.policy.hard).operation(Operation::Load)
    }

    fn closed(&self) -> Error {
        Error::closed(Operation::Load, self.store.info().name)
    }
}

fn overloaded() -> Error {
    Error::new(
        ErrorKind::Overloaded,
        "as many loads as `max_flights` allows are under way",
    )
}

/// What a wait for a flight ended with.
enum Waited<T> {
    Answer(Answer),
    Stale(Cached<T>),
    Abandoned,
}

impl<T> Waited<T> {
    fn of(answer: Option<Answer>) -> Self {
        answer.map_or(Self::Abandoned, Self::Answer)
    }
}

/// How a load is run by the caller that leads it.
pub(crate) trait Start<T>: Send {
    /// Runs the load, or starts it.
    fn start(
        self,
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        leader: Leader<Answer>,
        store_failed: bool,
    ) -> impl Future<Output = ()> + Send;
}

/// In a task of its own: the load goes on when its caller is dropped.
pub(crate) struct InTask<T>(pub(crate) Call<'static, T>);

impl<T: Send + Sync + 'static> Start<T> for InTask<T> {
    async fn start(
        self,
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        leader: Leader<Answer>,
        store_failed: bool,
    ) {
        let limit = inner.policy.hard.saturating_mul(ABANDON_AFTER);
        let mut host = LoadHost::new(
            inner,
            key,
            leader.flight().id(),
            store_failed,
            limit,
            self.0,
        );
        let task = async move {
            if let Some(publication) = lead(leader, &mut host).await {
                publish(publication, &*host.inner).await;
            }
        };
        inner.core.run(Box::pin(task)).await;
    }
}

/// In the caller's future, so that the loader can borrow; only the publish has a task of its own.
pub(crate) struct Inline<'a, T>(pub(crate) Call<'a, T>);

impl<T: Send + Sync + 'static> Start<T> for Inline<'_, T> {
    async fn start(
        self,
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        leader: Leader<Answer>,
        store_failed: bool,
    ) {
        let mut host = LoadHost::new(
            inner,
            key,
            leader.flight().id(),
            store_failed,
            inner.policy.hard,
            self.0,
        );
        if let Some(publication) = lead(leader, &mut host).await {
            let inner = Arc::clone(inner);
            let core = Arc::clone(&inner.core);
            core.run(Box::pin(async move { publish(publication, &*inner).await }))
                .await;
        }
    }
}

/// What the caller's own look-up left for its load.
pub(crate) struct First<T> {
    pub(crate) stale: Option<Cached<T>>,
    /// The store could not answer: the load neither reads it again nor stores anything.
    pub(crate) store_failed: bool,
}

/// The loading half of a flight.
struct LoadHost<'a, T> {
    inner: Arc<Inner<T>>,
    key: OwnedKey,
    flight: u64,
    store_failed: bool,
    limit: Duration,
    call: Option<Call<'a, T>>,
}

impl<'a, T: Send + Sync + 'static> LoadHost<'a, T> {
    fn new(
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        flight: u64,
        store_failed: bool,
        limit: Duration,
        call: Call<'a, T>,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            key: key.to_owned(),
            flight,
            store_failed,
            limit,
            call: Some(call),
        }
    }

    /// Calls the loader: contained if it panics, ended after the limit or when the cache closes.
    async fn call(&mut self, context: LoadContext<T>) -> Result<Loaded<T>> {
        let call = self.call.take().ok_or_else(|| self.inner.closed())?;
        let loading = waits::as_load_of(self.flight, async move { call(context).await });
        let mut loading = pin!(AssertUnwindSafe(loading).catch_unwind());
        let ended = match at_once(loading.as_mut()).await {
            Some(ended) => ended,
            None => {
                let in_time = timeout(self.limit, loading);
                let Some(in_time) = self.inner.core.stop.run_until_cancelled(in_time).await else {
                    return Err(self.inner.closed());
                };
                in_time.map_err(|_| no_answer(self.limit).operation(Operation::Load))?
            }
        };
        ended.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Load, "the loader panicked").operation(Operation::Load))
        })
    }

    /// Says what to answer and what to store.
    fn settle(
        &self,
        loaded: Loaded<T>,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        let default = |value| (Ttl::Default, value, None);
        let (ttl, value, validators) = match loaded {
            Loaded::Value(value) => default(value),
            Loaded::For(ttl, value) => (Ttl::After(ttl), value, None),
            Loaded::Validated {
                value,
                ttl,
                validators,
            } => (ttl, value, Some(validators)),
            Loaded::Absent => return Ok(self.absent(began)),
            Loaded::NotModified => return self.not_modified(began, stale),
            Loaded::DoNotStore(value) => (Ttl::After(Duration::ZERO), value, None),
        };
        let value = Arc::new(value);
        // A life of zero from a loader means that the value is for the callers alone.
        let Ok(meta) = self.inner.meta(began, ttl, Duration::ZERO) else {
            return Ok(Load {
                answer: Ok(Some(self.hand_on(&value, began)?)),
                entry: None,
            });
        };
        let answer = Ok(Some(Held {
            value: as_object(&value),
            meta,
        }));
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

    fn hand_on(&self, value: &Arc<T>, began: Timestamp) -> Result<Held> {
        Ok(Held {
            value: as_object(value),
            meta: self.inner.meta(began, Ttl::Never, Duration::ZERO)?,
        })
    }

    fn absent(&self, began: Timestamp) -> Load<Answer> {
        let meta = self.inner.meta(
            began,
            Ttl::After(self.inner.policy.negative_ttl),
            Duration::ZERO,
        );
        Load {
            answer: Ok(None),
            entry: meta.ok().map(Entry::negative),
        }
    }

    /// Makes the stale entry fresh again: the same payload and validators, new times.
    fn not_modified(
        &self,
        began: Timestamp,
        stale: Option<(Entry, Arc<T>)>,
    ) -> Result<Load<Answer>> {
        let Some((entry, value)) = stale else {
            return Err(Error::new(
                ErrorKind::Load,
                "the loader answered `NotModified`, but there is no stale value",
            )
            .operation(Operation::Load));
        };
        let window = entry.meta.dead_at.since(entry.meta.fresh_until);
        let meta = Meta {
            weight: entry.meta.weight,
            codec: entry.meta.codec,
            ..self.inner.meta(began, Ttl::Default, window)?
        };
        Ok(Load {
            answer: Ok(Some(Held {
                value: as_object(&value),
                meta,
            })),
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

impl<T: Send + Sync + 'static> Host<Answer> for LoadHost<'_, T> {
    async fn reread(&mut self) -> Reread<Answer> {
        const NOT_TO_BE_STORED: Reread<Answer> = Reread::Load {
            stale: None,
            when: None,
        };
        let inner = &self.inner;
        if self.store_failed || inner.core.is_bypassed() {
            return NOT_TO_BE_STORED;
        }
        let key = self.key.as_key();
        match within(inner.core.deadline, inner.find_again(key)).await {
            Ok(Found::Entry(entry)) => inner.reread_entry(entry),
            Ok(Found::Absent | Found::Dead | Found::Unreadable(_)) => Reread::Load {
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
            stop: self.inner.core.stop.clone(),
        };
        self.inner.counts.add(Count::Loads);
        let observers = &self.inner.core.observers;
        observers.tell(Some(self.key.as_key()), EventKind::LoadStarted);
        let loaded = self
            .call(context)
            .await
            .and_then(|loaded| self.settle(loaded, began, stale));
        self.inner.core.observers.tell(
            Some(self.key.as_key()),
            EventKind::LoadEnded(loaded.is_ok()),
        );
        loaded.unwrap_or_else(|error| {
            self.inner.counts.add(Count::LoadErrors);
            Load {
                answer: Err(error),
                entry: None,
            }
        })
    }

    fn fenced(&mut self) {
        self.inner.note_fenced(self.key.as_key());
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Reads a key that was just read. In process the head comes first: there, a `get` counts as a use of the key, and the
    /// eviction policy would take every miss for two.
    async fn find_again(&self, key: Key<'_>) -> Result<Found> {
        if matches!(self.packing, Packing::Object) && self.store.head(key).await?.is_none() {
            return Ok(Found::Absent);
        }
        self.store.get(key).await
    }

    fn note_fenced(&self, key: Key<'_>) {
        self.counts.add(Count::Fenced);
        self.core.observers.tell(Some(key), EventKind::Fenced);
    }

    /// Says what an entry means for a load: an answer if it is fresh, else what the load replaces.
    fn reread_entry(&self, entry: Entry) -> Reread<Answer> {
        let when = Some(Condition::If(entry.meta.stamp));
        match self.examine(Found::Entry(entry.clone())) {
            Lookup::Fresh(value) => Reread::Fresh(Ok(Some(Held {
                value: as_object(value.shared()),
                meta: entry.meta,
            }))),
            Lookup::Negative => Reread::Fresh(Ok(None)),
            Lookup::Stale(_) => Reread::Load {
                stale: Some(entry),
                when,
            },
            Lookup::Miss(_) => Reread::Load { stale: None, when },
        }
    }
}

impl<T: Send + Sync + 'static> Publisher<Answer> for Inner<T> {
    async fn store(&self, entry: Entry, when: Condition, answer: &Answer, flight: &Flight<Answer>) {
        let key = flight.key();
        let mut put = pin!(self.store.put(key, entry, when));
        let stored = match at_once(put.as_mut()).await {
            Some(stored) => stored,
            None => {
                let deadline = pin!(sleep(self.core.deadline));
                match futures_util::future::select(put.as_mut(), deadline).await {
                    futures_util::future::Either::Left((stored, _)) => stored,
                    futures_util::future::Either::Right(((), _)) => {
                        // The callers have waited enough; the flight ends when the store has answered.
                        flight.answer_with(answer.clone());
                        let Some(stored) = self.core.stop.run_until_cancelled(put).await else {
                            return;
                        };
                        stored
                    }
                }
            }
        };
        match stored {
            Ok(Put::Stored(_)) => {}
            Ok(Put::Refused(_)) => self.note_fenced(key),
            Err(error) => {
                self.note_failure(Some(key), Operation::Put, error);
            }
        }
    }
}

impl<T> First<T> {
    pub(crate) const fn nothing() -> Self {
        Self {
            stale: None,
            store_failed: false,
        }
    }

    pub(crate) const fn stale(value: Cached<T>) -> Self {
        Self {
            stale: Some(value),
            store_failed: false,
        }
    }
}
