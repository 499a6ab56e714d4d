//! The error budget that all calls of a client share.
//!
//! ESI allows [`LIMIT`] errors per window of a minute. A call under way may turn out to be one, so each holds a
//! [`Permit`], and a call is let out only if all that are under way could fail and still leave the floor untouched.
//! However many callers there are, the client by itself never spends more than it is allowed.

#[cfg(test)]
mod tests;

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::error::{EsiError, EsiErrorKind};
use super::headers::ErrorLimit;

/// How many errors ESI allows per window; assumed until an answer says what is left.
pub(super) const LIMIT: u32 = 100;

/// Headers count whole seconds, so two answers of one window may disagree on its end by this much.
const ROUNDING: Duration = Duration::from_secs(2);

/// The shortest quiet after being shut out: "0 seconds" means that less than one is left.
const SHORTEST: Duration = Duration::from_secs(1);

/// No wait that ESI names is believed beyond this.
const LONGEST: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
pub(super) struct Budget {
    floor: u32,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    remain: u32,
    resets_at: Instant,
    quiet_until: Instant,
    under_way: u32,
}

/// Whether a call may go out.
enum Verdict {
    Go,
    /// Nothing goes out before this instant.
    Quiet(Instant),
    /// The budget is at its floor until this instant.
    Spent(Instant),
    /// The calls under way hold what is left; it is renewed at this instant, if one is known.
    Held(Option<Instant>),
}

/// A call under way. Dropping it, also by cancelling the call, gives its place back.
#[derive(Debug)]
pub(super) struct Permit<'a>(&'a Budget);

impl Budget {
    pub(super) fn new(floor: u32) -> Self {
        let now = Instant::now();
        let state = Mutex::new(State {
            remain: LIMIT,
            resets_at: now,
            quiet_until: now,
            under_way: 0,
        });
        let changed = Notify::new();
        Self {
            floor,
            state,
            changed,
        }
    }

    /// Waits until a call may go out.
    ///
    /// # Errors
    ///
    /// `Limited`, at once and with the time to wait, if ESI asked for quiet or if the budget will not be renewed before
    /// `deadline`; `Timeout` if the calls under way hold the budget until then.
    pub(super) async fn admit(&self, deadline: Instant) -> Result<Permit<'_>, EsiError> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // Registered before looking, so that no change after the look is missed.
            changed.as_mut().enable();
            let now = Instant::now();
            let until = match self.state().verdict(self.floor, now) {
                Verdict::Go => return Ok(Permit(self)),
                Verdict::Quiet(until) => return Err(EsiError::limited(until - now)),
                Verdict::Spent(until) if until > deadline => {
                    return Err(EsiError::limited(until - now));
                }
                _ if now >= deadline => return Err(EsiError::new(EsiErrorKind::Timeout)),
                Verdict::Spent(until) => until,
                Verdict::Held(renewal) => renewal.map_or(deadline, |at| at.min(deadline)),
            };
            // Whether something changed or the time is over: the next look decides.
            let _ = timeout_at(until, changed).await;
        }
    }

    /// Takes note of what an answer says about the budget.
    pub(super) fn observe(&self, limit: ErrorLimit) {
        let mut state = self.state();
        let was_spent = state.remain <= self.floor;
        let is_new = state.observe(limit, Instant::now());
        let is_spent = state.remain <= self.floor;
        drop(state);
        if is_new || is_spent != was_spent {
            self.changed.notify_waiters();
        }
    }

    /// Lets nothing out for `wait` from now, a second at least and an hour at most; returns what it came to.
    pub(super) fn quieten(&self, wait: Duration) -> Duration {
        let wait = wait.clamp(SHORTEST, LONGEST);
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.quiet_until = state.quiet_until.max(until);
        drop(state);
        self.changed.notify_waiters();
        wait
    }

    /// The lock is held for a few comparisons, and never across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn verdict(&mut self, floor: u32, now: Instant) -> Verdict {
        if now < self.quiet_until {
            return Verdict::Quiet(self.quiet_until);
        }
        if now >= self.resets_at {
            self.remain = LIMIT;
        }
        if self.remain <= floor {
            return Verdict::Spent(self.resets_at);
        }
        if self.remain - floor <= self.under_way {
            return Verdict::Held(Some(self.resets_at).filter(|at| *at > now));
        }
        self.under_way += 1;
        Verdict::Go
    }

    /// Answers come in any order: one of a new window replaces what is known, one of the same window can only lower
    /// it, one of an old window says nothing. Returns whether a new window has begun.
    fn observe(&mut self, limit: ErrorLimit, now: Instant) -> bool {
        let resets_at = now + limit.reset.min(LONGEST);
        if now >= self.resets_at || resets_at > self.resets_at + ROUNDING {
            self.remain = limit.remain;
            self.resets_at = resets_at;
            return true;
        }
        if resets_at + ROUNDING >= self.resets_at {
            self.remain = self.remain.min(limit.remain);
            self.resets_at = self.resets_at.max(resets_at);
        }
        false
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.0.changed.notify_one();
    }
}
