//! The actor's side: where it stops, where it rests, which lease it renews.

use cache_core::Stamp;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Lease, Place, Steps};

/// Somebody who does one step after the other. Clones are the same actor.
#[derive(Clone, Debug)]
pub struct Actor {
    steps: Steps,
    seat: usize,
}

impl Actor {
    pub(super) const fn new(steps: Steps, seat: usize) -> Self {
        Self { steps, seat }
    }

    /// Stops before a step until the scheduler lets the actor go. An actor does one thing at a time.
    pub async fn step(&self, what: &'static str) {
        if let Some(go) = self.stop(what) {
            // An error means that the scheduler is gone; then nobody stops any more.
            let _ = go.await;
        }
    }

    /// Ends the actor's part when the answer is dropped, also by a panic.
    #[must_use]
    pub fn ending(&self) -> Ending {
        Ending(self.clone())
    }

    fn stop(&self, what: &'static str) -> Option<oneshot::Receiver<()>> {
        if self.steps.board().is_open {
            return None;
        }
        let (go, gone) = oneshot::channel();
        self.steps
            .change(self.seat, |seat| seat.place = Place::Before(what, go));
        Some(gone)
    }

    /// Says that the actor waits for time to pass.
    pub(super) fn rest(&self) {
        if !self.steps.board().is_open {
            self.steps
                .change(self.seat, |seat| seat.place = Place::Resting);
        }
    }

    /// Says which lease the actor has, and renews from now on.
    pub(super) fn leases(&self, stamp: Stamp) {
        let renewed = Instant::now();
        self.steps.change(self.seat, |seat| {
            seat.lease = Some(Lease { stamp, renewed });
        });
    }

    /// Says that the actor's lease is renewed no longer.
    pub(super) fn has_loaded(&self) {
        self.steps.change(self.seat, |seat| seat.lease = None);
    }

    /// Says whether this is the lease that the actor renews.
    pub(super) fn renews(&self, stamp: Stamp) -> bool {
        let board = self.steps.board();
        let lease = board.seats.get(self.seat).and_then(|seat| seat.lease);
        lease.is_some_and(|lease| lease.stamp == stamp)
    }

    /// Takes note of an answered renewal; a refused one was the last.
    pub(super) fn renewed(&self, is_refused: bool) {
        self.steps.board().renewals += 1;
        self.steps.change(self.seat, |seat| {
            seat.lease = seat.lease.filter(|_| !is_refused).map(|lease| Lease {
                renewed: Instant::now(),
                ..lease
            });
        });
    }
}

/// Held as long as an actor has something to do.
#[derive(Debug)]
pub struct Ending(Actor);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.steps.change(self.0.seat, |seat| {
            (seat.place, seat.lease) = (Place::Ended, None);
        });
    }
}
