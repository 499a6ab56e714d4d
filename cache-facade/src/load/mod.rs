//! Loads: what happens on a miss, from joining the flight to the callers' answer. Here: joining, waiting, answering.

mod host;
mod lease;
mod note;
mod publish;
mod start;

use std::pin::pin;
use std::sync::Arc;

use cache_core::{Backend, Error, ErrorKind, EventKind, Key, Life, Meta, Operation, Result};
use tokio::time::timeout;

use crate::core::{Answer, Core, Held};
use crate::counters::Count;
use crate::deadline::{at_once, no_answer};
use crate::flight::{Entered, Flight};
use crate::inner::Inner;
use crate::lookup::Cached;
use crate::waits;

pub(crate) use lease::Lease;
pub(crate) use start::{InTask, Inline, Start};

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
        let mut was_answered = false;
        loop {
            let flight = match self.core.flights.enter(key) {
                Entered::Full => {
                    return Err(self.note_failure(Some(key), Operation::Load, overloaded()));
                }
                Entered::Joined(flight) => {
                    self.note_join(key);
                    was_answered = flight.is_answered();
                    flight
                }
                Entered::Leading(leader) => {
                    // `close` may have gone through the table just before this flight was opened.
                    self.core.ensure_open(Operation::Load)?;
                    let Some(start) = start.take() else {
                        return Err(self.without_answer());
                    };
                    let flight = Arc::clone(leader.flight());
                    // Before the first step: an inline load may ask, inside it, for the key of the load that waits here.
                    let _wait = waits::enter(flight.id())?;
                    start.start(self, key, leader, first.left()).await;
                    flight
                }
            };
            let _wait = waits::enter(flight.id())?;
            match self.wait(&flight, first.stale.as_ref()).await? {
                // The store has been silent for longer than the value lives.
                Waited::Answer(Ok(held)) if was_answered && self.is_dead(&held.meta) => {
                    return Err(no_answer(self.core.deadline).operation(Operation::Load));
                }
                Waited::Answer(answer) => return self.give(answer),
                Waited::Stale(value) => {
                    self.counts.add(Count::StaleServed);
                    return Ok(Some(value));
                }
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
            // A timer of no length still waits for its next tick.
            if soft.is_zero() {
                return Ok(Waited::Stale(stale.clone()));
            }
            return Ok(timeout(soft, answer)
                .await
                .map_or_else(|_| Waited::Stale(stale.clone()), Waited::of));
        }
        timeout(self.policy.hard, answer)
            .await
            .map(Waited::of)
            .map_err(|_| self.too_slow())
    }

    fn is_dead(&self, meta: &Meta) -> bool {
        self.judge.life(meta, self.judge.clock().now()) == Life::Dead
    }

    /// Gives the flight's answer to one caller.
    fn give(&self, answer: Answer) -> Result<Option<Cached<T>>> {
        let Held { value, meta } = answer?;
        let Some(value) = value else { return Ok(None) };
        let now = self.judge.clock().coarse();
        let is_stale = matches!(self.judge.life(&meta, now), Life::Stale | Life::Dead);
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

    /// The load of this caller's own ended without a word: its task was dropped, or something in it panicked.
    fn without_answer(&self) -> Error {
        match self.core.ensure_open(Operation::Load) {
            Ok(()) => Error::new(ErrorKind::Load, "the load ended without an answer")
                .operation(Operation::Load),
            Err(closed) => closed,
        }
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

/// What the caller's own look-up left for its load.
pub(crate) struct First<T> {
    pub(crate) stale: Option<Cached<T>>,
    /// The store could not answer: the load neither reads it again nor stores anything.
    pub(crate) store_failed: bool,
}

/// What a load needs to know of the look-up before it.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    /// See [`First::store_failed`].
    pub(crate) store_failed: bool,
    /// Whether there was a stale value.
    pub(crate) stale: bool,
}

impl<T> First<T> {
    const fn left(&self) -> Left {
        Left {
            store_failed: self.store_failed,
            stale: self.stale.is_some(),
        }
    }

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
