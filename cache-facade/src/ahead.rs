//! Deadlines of calls, by timers that wake nobody.
//!
//! A timer that runs out before all others of its runtime wakes the thread that waits for the first of them: of calls one after
//! the other, each does so when it begins to wait, and nearly all of them are answered long before. So the first sets a second timer
//! beside its own, which stays after its answer; the timers of those that come later run out later. While calls are made, a
//! thread is woken once in a deadline instead of once in a call (`docs/adr/0019-a-timer-ahead-of-the-deadlines.md`).

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

thread_local! {
    /// The timer that was set last by this thread, in the runtime it served then.
    static AHEAD: RefCell<Option<Pin<Box<Sleep>>>> = const { RefCell::new(None) };
}

/// Waits for a call until its deadline; `None` if it passes first.
pub(crate) async fn in_time<F: Future>(ends: Instant, call: F) -> Option<F::Output> {
    stay_ahead(Instant::now(), ends);
    timeout_at(ends, call).await.ok()
}

/// Sees to it that a timer of this thread runs out no later than a deadline, and not before now.
fn stay_ahead(now: Instant, ends: Instant) {
    // A thread that ends has no use for it.
    let _ = AHEAD.try_with(|ahead| {
        let stands = |timer: &Pin<Box<Sleep>>| (now..=ends).contains(&timer.deadline());
        if !ahead.borrow().as_ref().is_some_and(stands) {
            let timer = set(ends);
            // Dropped once it is no longer borrowed: it may be the last that a runtime's hooks hang on.
            drop(ahead.replace(Some(timer)));
        }
    });
}

/// Sets a timer that nobody waits for.
fn set(ends: Instant) -> Pin<Box<Sleep>> {
    let mut timer = Box::pin(sleep_until(ends));
    // A timer is set by the first look at it, even by a task that has had its turn.
    let looking = pin!(unconstrained(timer.as_mut()));
    let _ = looking.poll(&mut Context::from_waker(Waker::noop()));
    timer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn stands_at() -> Option<Instant> {
        AHEAD.with_borrow(|ahead| ahead.as_ref().map(|timer| timer.deadline()))
    }

    async fn answered(limit: Duration) {
        let ends = Instant::now() + limit;
        assert_eq!(in_time(ends, std::future::ready(7)).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_end_later_leave_it_where_it_is() {
        answered(SECOND).await;
        let first = stands_at();
        assert_eq!(first, Some(Instant::now() + SECOND));
        advance(SECOND / 2).await;
        answered(SECOND).await;
        assert_eq!(stands_at(), first);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_ends_sooner_moves_it() {
        answered(SECOND).await;
        answered(SECOND / 4).await;
        assert_eq!(stands_at(), Some(Instant::now() + SECOND / 4));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_set_anew_once_it_ran_out() {
        answered(SECOND).await;
        advance(SECOND * 2).await;
        answered(SECOND).await;
        assert_eq!(stands_at(), Some(Instant::now() + SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_an_answer_ends_at_its_own_deadline() {
        answered(SECOND).await;
        sleep(SECOND / 4).await;
        let began = Instant::now();
        let never = std::future::pending::<()>();
        assert_eq!(in_time(began + SECOND, never).await, None);
        assert_eq!(began.elapsed(), SECOND);
    }

    /// What was set in a runtime that is gone is in nobody's way.
    #[test]
    fn the_next_runtime_of_a_thread_has_its_deadlines() {
        for _ in 0..2 {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(async {
                answered(SECOND * 600).await;
                let soon = Instant::now() + Duration::from_millis(20);
                assert_eq!(in_time(soon, std::future::pending::<()>()).await, None);
                assert!(Instant::now() >= soon);
            });
        }
    }
}
