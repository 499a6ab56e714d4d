//! Steps: actors that stop before each thing they do until a scheduler lets them go, so that a test chooses the interleaving.
//!
//! One actor moves at a time, up to its next step or to its end; what an actor does between two steps is one move. Waits
//! are tokio's time, which a test pauses and moves by hand ([`StillTime`]): nothing here depends on how fast anything runs.

mod actor;
mod stepped;
mod still_time;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::Stamp;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, advance, timeout};

pub use actor::{Actor, Ending};
pub use stepped::Stepped;
pub use still_time::StillTime;

/// After this long a node renews its lease, and again after each renewal.
pub const RENEWED_AFTER: Duration = Duration::from_millis(5_000 / 3);

/// How long anything is waited for: more than all time that a test lets pass. With paused time it comes when [`StillTime`]
/// lets go.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// The scheduler's side. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Steps(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    board: Mutex<Board>,
    moved: Notify,
}

#[derive(Debug, Default)]
struct Board {
    seats: Vec<Seat>,
    /// Nobody stops any more.
    is_open: bool,
    /// How many renewals the store has answered.
    renewals: u64,
}

#[derive(Debug)]
struct Seat {
    name: &'static str,
    place: Place,
    lease: Option<Lease>,
}

/// Where an actor is.
#[derive(Debug)]
enum Place {
    Moving,
    Before(&'static str, oneshot::Sender<()>),
    /// It met somebody else's lease, and goes on when time has passed.
    Resting,
    Ended,
}

/// A lease that its node renews.
#[derive(Clone, Copy, Debug)]
struct Lease {
    stamp: Stamp,
    renewed: Instant,
}

/// What an actor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who.
    pub actor: &'static str,
    /// What.
    pub what: &'static str,
}

/// Somebody neither stopped nor ended, or a renewal was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck;

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step does not end")
    }
}

impl std::error::Error for Stuck {}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.actor, self.what)
    }
}

impl Steps {
    /// Adds an actor. It counts as moving until it stops at its first step.
    #[must_use]
    pub fn actor(&self, name: &'static str) -> Actor {
        let mut board = self.board();
        board.seats.push(Seat {
            name,
            place: Place::Moving,
            lease: None,
        });
        Actor::new(self.clone(), board.seats.len() - 1)
    }

    /// Returns what can be done next, in the order in which the actors came.
    #[must_use]
    pub fn next(&self) -> Vec<Step> {
        let board = self.board();
        let stopped = board.seats.iter().filter_map(|seat| match &seat.place {
            Place::Before(what, _) => Some(Step {
                actor: seat.name,
                what,
            }),
            Place::Moving | Place::Resting | Place::Ended => None,
        });
        stopped.collect()
    }

    /// Lets an actor do its next step, and returns when it stops again. `false` if it did not stop at one.
    ///
    /// An actor that rests is given `rest`: it goes on, and this waits for it still.
    ///
    /// # Errors
    /// The step does not end.
    pub async fn go(&self, actor: &str, rest: Duration) -> Result<bool, Stuck> {
        if !self.board().let_go(actor) {
            return Ok(false);
        }
        self.settled(rest).await.map(|()| true)
    }

    /// Waits until everybody has stopped or ended. While somebody rests, time passes by `rest`.
    ///
    /// # Errors
    /// Somebody goes on without an end.
    pub async fn settled(&self, rest: Duration) -> Result<(), Stuck> {
        loop {
            self.until(|board| !board.has(|place| matches!(place, Place::Moving)))
                .await?;
            if !self.board().wake() {
                return Ok(());
            }
            self.pass(rest).await?;
        }
    }

    /// Lets time pass, and waits for the answers of the renewals that come due in it. At most one renewal of each lease is
    /// waited for, so the time has to be shorter than two of them.
    ///
    /// # Errors
    /// A renewal that was due did not come, or was not answered.
    pub async fn pass(&self, time: Duration) -> Result<(), Stuck> {
        let answered = {
            let board = self.board();
            board.renewals + board.due(Instant::now() + time)
        };
        advance(time).await;
        self.until(|board| board.renewals >= answered).await
    }

    /// Returns how many renewals of leases the store has answered.
    #[must_use]
    pub fn renewals(&self) -> u64 {
        self.board().renewals
    }

    /// Lets everybody go on without a stop, from now on.
    pub fn open(&self) {
        let mut board = self.board();
        board.is_open = true;
        for seat in &mut board.seats {
            seat.let_go();
        }
    }

    async fn until(&self, reached: impl Fn(&Board) -> bool + Send + Sync) -> Result<(), Stuck> {
        let waits = async {
            loop {
                let moved = self.0.moved.notified();
                if reached(&self.board()) {
                    return;
                }
                moved.await;
            }
        };
        timeout(PATIENCE, waits).await.map_err(|_| Stuck)
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the seat of an actor, and tells the scheduler.
    fn change(&self, actor: usize, change: impl FnOnce(&mut Seat)) {
        if let Some(seat) = self.board().seats.get_mut(actor) {
            change(seat);
        }
        self.0.moved.notify_one();
    }
}

impl Board {
    fn has(&self, is: impl Fn(&Place) -> bool) -> bool {
        self.seats.iter().any(|seat| is(&seat.place))
    }

    fn let_go(&mut self, actor: &str) -> bool {
        let mut seats = self.seats.iter_mut();
        seats.any(|seat| seat.name == actor && seat.let_go())
    }

    /// Says whether somebody rests; they are moving from now on.
    fn wake(&mut self) -> bool {
        let mut woke = false;
        for seat in &mut self.seats {
            if matches!(seat.place, Place::Resting) {
                (seat.place, woke) = (Place::Moving, true);
            }
        }
        woke
    }

    /// How many leases are renewed until then.
    fn due(&self, then: Instant) -> u64 {
        let leases = self.seats.iter().filter_map(|seat| seat.lease);
        let due = leases.filter(|lease| lease.renewed + RENEWED_AFTER <= then);
        u64::try_from(due.count()).unwrap_or(u64::MAX)
    }
}

impl Seat {
    /// Lets the actor do its step, if it stopped before one.
    fn let_go(&mut self) -> bool {
        if !matches!(self.place, Place::Before(..)) {
            return false;
        }
        if let Place::Before(_, go) = std::mem::replace(&mut self.place, Place::Moving) {
            // Whoever was to do it may have been dropped meanwhile.
            let _ = go.send(());
        }
        true
    }
}
