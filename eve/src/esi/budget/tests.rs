//! The budget alone, on paused time: no server, no waiting.

use std::time::Duration;

use tokio::time::Instant;

use super::{Budget, ErrorLimit, EsiErrorKind, LIMIT};

const FLOOR: u32 = 10;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn limit(remain: u32, reset: u64) -> ErrorLimit {
    ErrorLimit {
        remain,
        reset: secs(reset),
    }
}

/// Admits one call within `timeout` and returns how long that took.
async fn wait(budget: &Budget, timeout: Duration) -> Result<Duration, EsiErrorKind> {
    let start = Instant::now();
    let admitted = budget.admit(start + timeout).await;
    admitted
        .map(|_| start.elapsed())
        .map_err(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn above_the_floor_calls_go_out_at_once() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(FLOOR + 1, 30));
    assert_eq!(wait(&budget, secs(60)).await, Ok(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn at_the_floor_a_call_waits_for_the_next_window() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(FLOOR, 30));
    let waited = wait(&budget, secs(60)).await.unwrap();
    assert!(waited >= secs(30) && waited < secs(31), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_refused_at_once() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(0, 30));
    let start = Instant::now();
    let retry_after = secs(30);
    let refused = Err(EsiErrorKind::Limited { retry_after });
    assert_eq!(wait(&budget, secs(29)).await, refused);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn quiet_is_kept_until_it_ends() {
    let budget = Budget::new(FLOOR);
    assert_eq!(budget.quieten(secs(5)), secs(5));
    tokio::time::advance(secs(2)).await;
    let retry_after = secs(3);
    let refused = Err(EsiErrorKind::Limited { retry_after });
    assert_eq!(wait(&budget, secs(60)).await, refused);
    tokio::time::advance(secs(3)).await;
    assert_eq!(wait(&budget, secs(60)).await, Ok(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_cannot_spend_more_than_the_floor_leaves() {
    let budget = Budget::new(FLOOR);
    let deadline = Instant::now() + secs(5);
    let mut permits = Vec::new();
    for _ in 0..LIMIT - FLOOR {
        permits.push(budget.admit(deadline).await.unwrap());
    }
    assert_eq!(wait(&budget, secs(1)).await, Err(EsiErrorKind::Timeout));
    drop(permits.pop());
    assert_eq!(wait(&budget, secs(1)).await, Ok(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_returned_permit_wakes_one_who_waits() {
    let budget = Budget::new(LIMIT - 1);
    let held = budget.admit(Instant::now()).await.unwrap();
    let release = async {
        tokio::time::sleep(secs(3)).await;
        drop(held);
    };
    let (waited, ()) = tokio::join!(wait(&budget, secs(60)), release);
    let waited = waited.unwrap();
    assert!(waited >= secs(3) && waited < secs(4), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_hear_at_once_that_the_budget_is_spent() {
    let budget = Budget::new(LIMIT - 1);
    budget.observe(limit(LIMIT, 60));
    let _held = budget.admit(Instant::now()).await.unwrap();
    let start = Instant::now();
    let spend = async {
        tokio::time::sleep(secs(1)).await;
        budget.observe(limit(0, 60));
    };
    let (first, second, ()) = tokio::join!(wait(&budget, secs(20)), wait(&budget, secs(30)), spend);
    // Headers count whole seconds, so the end of the window moves with the later answer.
    let retry_after = secs(60);
    let refused = Err(EsiErrorKind::Limited { retry_after });
    assert_eq!((first, second), (refused, refused));
    assert!(start.elapsed() < secs(2), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_place_is_not_lost_with_one_who_gave_up() {
    let budget = Budget::new(LIMIT - 1);
    let held = budget.admit(Instant::now()).await.unwrap();
    let release = async {
        tokio::time::sleep(secs(3)).await;
        drop(held);
    };
    // The first in the queue runs out of time in the very moment in which the place becomes free.
    let (_, second, ()) = tokio::join!(wait(&budget, secs(3)), wait(&budget, secs(60)), release);
    let waited = second.unwrap();
    assert!(waited >= secs(3) && waited < secs(4), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn answers_out_of_order_never_raise_the_budget_of_a_window() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(10, 30));
    budget.observe(limit(50, 30));
    assert!(wait(&budget, secs(1)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_an_old_window_says_nothing_about_the_new_one() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(99, 60));
    budget.observe(limit(0, 3));
    assert_eq!(wait(&budget, secs(1)).await, Ok(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_new_window_wakes_those_who_wait_for_the_old_one() {
    let budget = Budget::new(FLOOR);
    budget.observe(limit(0, 30));
    let renew = async {
        tokio::time::sleep(secs(1)).await;
        budget.observe(limit(100, 60));
    };
    let (waited, ()) = tokio::join!(wait(&budget, secs(60)), renew);
    let waited = waited.unwrap();
    assert!(waited >= secs(1) && waited < secs(2), "{waited:?}");
}
