//! Slow loads: who is answered when, and what becomes of the load.

use std::time::Duration;

use cache_facade::ErrorKind;

use crate::fixture::{Fixture, PATIENCE, Seen, TTL, until};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    slower_than_soft_answers_the_stale_value_and_goes_on,
    a_soft_timeout_of_zero_revalidates_behind_the_stale_answer,
    faster_than_soft_answers_the_loaded_value,
    slower_than_hard_is_a_timeout_and_is_stored_later,
    who_asks_after_a_timeout_joins_the_load_that_goes_on,
    a_load_is_dropped_after_four_times_hard_and_the_key_loads_again,
}

/// Long enough for the load to begin, and short enough to wait for.
const SOON: Duration = Duration::from_millis(50);

async fn slow(
    store: &Store,
    soft: Option<Duration>,
    hard: Duration,
    pause: &Pause,
) -> (Fixture, Source) {
    let source = Source::slow(5, pause);
    let fx = Fixture::configured(store, source.domain(), |config| {
        config.load_timeout.soft = soft;
        config.load_timeout.hard = hard;
    });
    (fx.await, source)
}

/// Answers the stale value while the load stands still, and then stores what was loaded.
async fn stale_first(store: &Store, soft: Duration) {
    let pause = Pause::new();
    let (fx, source) = slow(store, Some(soft), PATIENCE, &pause).await;
    fx.put_stale(4, TTL).await;
    let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
    assert_eq!((answer.number, answer.is_stale()), (4, true));
    assert_eq!(fx.look().await, Seen::Stale(4));
    pause.reached_by(1).await;
    pause.release();
    fx.cache.settle().await;
    assert_eq!((fx.look().await, source.calls()), (Seen::Fresh(5), 1));
}

async fn slower_than_soft_answers_the_stale_value_and_goes_on(store: &Store) {
    stale_first(store, SOON).await;
}

async fn a_soft_timeout_of_zero_revalidates_behind_the_stale_answer(store: &Store) {
    stale_first(store, Duration::ZERO).await;
}

async fn faster_than_soft_answers_the_loaded_value(store: &Store) {
    let pause = Pause::new();
    pause.release();
    let (fx, _) = slow(store, Some(PATIENCE), 2 * PATIENCE, &pause).await;
    fx.put_stale(4, TTL).await;
    let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
    assert_eq!((answer.number, answer.is_stale()), (5, false));
}

/// Half a second: the load has another one and a half before it is dropped.
const HARD: Duration = Duration::from_millis(500);

async fn slower_than_hard_is_a_timeout_and_is_stored_later(store: &Store) {
    let pause = Pause::new();
    let (fx, source) = slow(store, None, HARD, &pause).await;
    let error = fx.things.get_or_load(7).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!((fx.look().await, fx.open_flights().await), (Seen::Gone, 1));
    pause.release();
    fx.cache.settle().await;
    assert_eq!((fx.look().await, source.calls()), (Seen::Fresh(5), 1));
    assert_eq!(fx.open_flights().await, 0);
}

async fn who_asks_after_a_timeout_joins_the_load_that_goes_on(store: &Store) {
    let pause = Pause::new();
    let (fx, source) = slow(store, None, HARD, &pause).await;
    assert!(fx.things.get_or_load(7).await.is_err());
    let things = fx.things.clone();
    let second = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number });
    until("it joins", || fx.things.stats().waiters == 1).await;
    pause.release();
    assert_eq!((second.await.unwrap(), source.calls()), (5, 1));
}

async fn a_load_is_dropped_after_four_times_hard_and_the_key_loads_again(store: &Store) {
    let pause = Pause::new();
    let (fx, source) = slow(store, None, 4 * SOON, &pause).await;
    let error = fx.things.get_or_load(7).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    fx.cache.settle().await;
    let stats = fx.things.stats();
    assert_eq!((stats.load_errors, fx.open_flights().await), (1, 0));
    pause.release();
    // On a busy machine even this answer may come too late for its caller.
    let _ = fx.things.get_or_load(7).await;
    fx.cache.settle().await;
    assert_eq!((fx.look().await, source.calls()), (Seen::Fresh(5), 2));
}
