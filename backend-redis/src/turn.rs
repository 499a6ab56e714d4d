//! Whose turn it is to search, who waits for its end, and how the last search ended.
//!
//! A search runs in a task, and the runtime of that task may stand still in the middle of it, or end. So nobody has the turn
//! for longer than a search takes, and what an overtaken search tells counts for nothing beside what came after it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::Result;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::failure::Failure;

/// How a search ended, or that it has not yet.
type Told = Option<Result<(), Failure>>;

/// The turn.
#[derive(Debug)]
pub(crate) struct Turn {
    /// For so long it is one search's.
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the search that began last.
    begun: u64,
    /// That search, until it has ended.
    search: Option<Search>,
    last: Last,
}

/// How the last search ended.
#[derive(Debug, Default)]
struct Last {
    number: u64,
    ended: Option<Instant>,
    failure: Option<Failure>,
}

/// A search that is under way, for those who wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// From then on another one may begin.
    pub(crate) until: Instant,
    told: watch::Receiver<Told>,
}

/// The right to search. Who drops it without an end gives it back.
#[derive(Debug)]
pub(crate) struct Ticket {
    number: u64,
    tell: watch::Sender<Told>,
}

impl Turn {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            state: Mutex::default(),
        }
    }

    /// Says whether nobody searches, and the last search ended so long ago.
    pub(crate) fn is_free(&self, rest: Duration) -> bool {
        self.state().is_free(rest)
    }

    /// Takes the turn if it is free.
    pub(crate) fn take(&self, rest: Duration) -> Option<Ticket> {
        let mut state = self.state();
        state.is_free(rest).then(|| state.begin(self.limit).1)
    }

    /// Joins the search that is under way, or takes the turn.
    pub(crate) fn join(&self) -> (Search, Option<Ticket>) {
        let mut state = self.state();
        if let Some(search) = state.under_way() {
            return (search.clone(), None);
        }
        let (search, ticket) = state.begin(self.limit);
        (search, Some(ticket))
    }

    /// Returns why the last search failed, if it ended within this time.
    pub(crate) fn failed_within(&self, rest: Duration) -> Option<Failure> {
        let state = self.state();
        let failure = state.last.failure.as_ref();
        failure.filter(|_| state.last.is_within(rest)).cloned()
    }

    /// Ends a search: what it found is kept, unless a later one has ended before; that it failed, unless a later one has
    /// begun.
    pub(crate) fn end<T>(
        &self,
        ticket: &Ticket,
        found: Result<T, Failure>,
        keep: impl FnOnce(T) -> Result<(), Failure>,
    ) {
        let mut state = self.state();
        let is_overtaken = ticket.number < state.begun;
        let counts = ticket.number > state.last.number && !(is_overtaken && found.is_err());
        let outcome = match found {
            Ok(found) if counts => keep(found),
            found => found.map(|_| ()),
        };
        if counts {
            state.last = Last {
                number: ticket.number,
                ended: Some(Instant::now()),
                failure: outcome.clone().err(),
            };
        }
        if !is_overtaken {
            state.search = None;
        }
        drop(state);
        // Nobody may be waiting.
        let _ = ticket.tell.send(Some(outcome));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_free(&self, rest: Duration) -> bool {
        self.under_way().is_none() && !self.last.is_within(rest)
    }

    /// Returns the search that has the turn: not one that has had it for too long, or whose task ended with its runtime.
    fn under_way(&self) -> Option<&Search> {
        let search = self.search.as_ref();
        search.filter(|search| Instant::now() < search.until && search.told.has_changed().is_ok())
    }

    fn begin(&mut self, limit: Duration) -> (Search, Ticket) {
        self.begun += 1;
        let (tell, told) = watch::channel(None);
        let search = Search {
            until: Instant::now() + limit,
            told,
        };
        self.search = Some(search.clone());
        let number = self.begun;
        (search, Ticket { number, tell })
    }
}

impl Last {
    fn is_within(&self, rest: Duration) -> bool {
        self.ended.is_some_and(|ended| ended.elapsed() < rest)
    }
}

impl Search {
    /// Waits for the end; `None` if the task ended without one.
    pub(crate) async fn end(&mut self) -> Told {
        let told = self.told.wait_for(Option::is_some).await;
        told.ok()?.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn taken(turn: &Turn) -> Ticket {
        turn.join().1.expect("the turn is free")
    }

    fn kept(_: ()) -> Result<(), Failure> {
        Ok(())
    }

    #[tokio::test]
    async fn one_search_is_shared_by_all_who_wait_for_it() {
        let turn = Turn::new(LIMIT);
        let ticket = taken(&turn);
        let (mut search, none) = turn.join();
        assert!(none.is_none() && turn.take(Duration::ZERO).is_none());
        turn.end(&ticket, Ok(()), kept);
        assert!(search.end().await.unwrap().is_ok());
        assert!(turn.take(LIMIT).is_none(), "it has just ended");
        assert!(turn.take(Duration::ZERO).is_some());
    }

    /// So it is with a task that is dropped with its runtime.
    #[tokio::test]
    async fn a_ticket_that_is_dropped_gives_the_turn_back() {
        let turn = Turn::new(LIMIT);
        drop(taken(&turn));
        let (mut search, ticket) = turn.join();
        drop(ticket.expect("it was given back"));
        assert!(search.end().await.is_none());
    }

    #[test]
    fn what_an_overtaken_search_found_yields_to_what_came_later() {
        let turn = Turn::new(Duration::ZERO);
        let (first, second, third) = (taken(&turn), taken(&turn), taken(&turn));
        let mut kept = Vec::new();
        for (ticket, found) in [(&second, 2), (&first, 1), (&third, 3)] {
            turn.end(ticket, Ok(found), |found| {
                kept.push(found);
                Ok(())
            });
        }
        assert_eq!(kept, [2, 3], "the first is older than the second");
    }

    #[test]
    fn that_an_overtaken_search_failed_says_nothing() {
        let turn = Turn::new(Duration::ZERO);
        let (first, second) = (taken(&turn), taken(&turn));
        turn.end(&first, Err::<(), _>(Failure::Strange), kept);
        assert!(turn.failed_within(LIMIT).is_none());
        turn.end(&second, Err::<(), _>(Failure::Strange), kept);
        assert!(turn.failed_within(LIMIT).is_some());
    }
}
