//! One flight: its phase, its answer, and who waits for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use cache_core::OwnedKey;

use crate::sync::{AtomicU8, Mutex, MutexGuard, Ordering};

/// The load may still be fenced.
const LOADING: u8 = 0;
/// The leader is writing what it loaded; who wants to fence waits for the end of it.
const PUBLISHING: u8 = 1;
/// Somebody changed the key: nothing will be published.
const FENCED: u8 = 2;

/// A running load. `R` is what its callers get.
#[derive(Debug)]
pub(crate) struct Flight<R> {
    pub(super) key: OwnedKey,
    id: u64,
    phase: AtomicU8,
    state: Mutex<State<R>>,
}

#[derive(Debug)]
struct State<R> {
    answer: Option<R>,
    is_closed: bool,
    /// By ticket, so that a wait which ends early takes out its own waker and no other.
    waiting: BTreeMap<u64, Waker>,
    next_ticket: u64,
}

static NEXT_ID: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

/// What a try to fence met.
pub(super) enum Fenced {
    Now,
    Publishing,
    Before,
}

impl<R> Flight<R> {
    pub(super) fn new(key: OwnedKey) -> Self {
        Self {
            key,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            phase: AtomicU8::new(LOADING),
            state: Mutex::new(State {
                answer: None,
                is_closed: false,
                waiting: BTreeMap::new(),
                next_ticket: 0,
            }),
        }
    }

    /// Returns a number that no other flight of this process has.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Returns the key that is loaded.
    pub(crate) fn key(&self) -> cache_core::Key<'_> {
        self.key.as_key()
    }

    /// Enters the last part of the load. `false` if the flight was fenced: nothing may be stored.
    pub(crate) fn begin_publish(&self) -> bool {
        self.phase
            .compare_exchange(LOADING, PUBLISHING, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Called under the shard's lock, which also guards the flight's place in the table.
    pub(super) fn fence(&self) -> Fenced {
        match self
            .phase
            .compare_exchange(LOADING, FENCED, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => Fenced::Now,
            Err(PUBLISHING) => Fenced::Publishing,
            Err(_) => Fenced::Before,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the callers have their answer already.
    pub(crate) fn is_answered(&self) -> bool {
        self.state().answer.is_some()
    }

    /// Gives the callers their answer, unless they have one; the flight stays open.
    pub(crate) fn answer_with(&self, answer: R) {
        let mut state = self.state();
        state.answer.get_or_insert(answer);
        wake(state);
    }

    /// Ends the flight: its callers get their answer, or learn that there is none, and who waits for the end goes on.
    pub(super) fn close(&self, answer: Option<R>) {
        let mut state = self.state();
        if state.answer.is_none() {
            state.answer = answer;
        }
        state.is_closed = true;
        wake(state);
    }
}

/// Wakes everybody, after the lock was let go.
fn wake<R>(mut state: MutexGuard<'_, State<R>>) {
    let waiting = std::mem::take(&mut state.waiting);
    drop(state);
    waiting.into_values().for_each(Waker::wake);
}

impl<R: Clone> Flight<R> {
    /// Waits for the answer; `None` if the leader died without one.
    pub(crate) fn answer(self: &Arc<Self>) -> impl Future<Output = Option<R>> + use<R> {
        Wait::new(self, |state| match &state.answer {
            Some(answer) => Poll::Ready(Some(answer.clone())),
            None if state.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        })
    }

    /// Waits for the end: the load was published, or will never be.
    pub(crate) fn closed(self: &Arc<Self>) -> impl Future<Output = ()> + use<R> {
        Wait::new(self, |state| {
            if state.is_closed {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }
}

/// A wait for something in the state.
struct Wait<R, F> {
    flight: Arc<Flight<R>>,
    look: F,
    ticket: Option<u64>,
}

impl<R, F> Wait<R, F> {
    fn new<O>(flight: &Arc<Flight<R>>, look: F) -> Self
    where
        F: Fn(&State<R>) -> Poll<O>,
    {
        Self {
            flight: Arc::clone(flight),
            look,
            ticket: None,
        }
    }
}

impl<R, O, F: Fn(&State<R>) -> Poll<O> + Unpin> Future for Wait<R, F> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O> {
        let this = &mut *self;
        let mut state = this.flight.state();
        let seen = (this.look)(&state);
        if seen.is_pending() {
            let ticket = *this.ticket.get_or_insert_with(|| state.take_ticket());
            state.waiting.insert(ticket, context.waker().clone());
        }
        seen
    }
}

impl<R, F> Drop for Wait<R, F> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.flight.state().waiting.remove(&ticket);
        }
    }
}

impl<R> State<R> {
    fn take_ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }
}
