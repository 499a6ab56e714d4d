//! Slow loads: who is answered when, and what becomes of the load.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_facade::{ErrorKind, domain};
use tokio::time::Instant;

use crate::common::{Fixture, Pause, Source, Store, TTL, on_each_store, thing};

const SOFT: Duration = Duration::from_millis(100);
const HARD: Duration = Duration::from_secs(2);
const MILLISECOND: Duration = Duration::from_millis(1);

fn slow(store: Store, soft: Option<Duration>, pause: &Pause) -> (Fixture, Source) {
    let source = Source::slow(pause);
    source.set(5);
    let fx = Fixture::configured(store, source.domain(), |config| {
        config.load_timeout.soft = soft;
        config.load_timeout.hard = HARD;
    });
    (fx, source)
}

/// Tokio's timers are whole milliseconds, rounded up.
fn took(since: Instant, expected: Duration) -> bool {
    (expected..=expected + MILLISECOND).contains(&since.elapsed())
}

on_each_store! {
    async fn slower_than_soft_answers_the_stale_value(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, Some(SOFT), &pause);
        fx.put_stale(4, TTL).await;
        let start = Instant::now();
        let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
        assert_eq!((answer.number, answer.is_stale()), (4, true));
        assert!(took(start, SOFT), "{:?}", start.elapsed());
    }

    async fn a_load_goes_on_after_the_stale_answer(store: Store) {
        let pause = Pause::new();
        let (fx, source) = slow(store, Some(SOFT), &pause);
        fx.put_stale(4, TTL).await;
        fx.things.get_or_load(7).await.unwrap();
        pause.release();
        fx.cache.settle().await;
        assert_eq!((fx.number(7).await, source.calls()), (Some(5), 1));
    }

    async fn faster_than_soft_answers_the_loaded_value(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, Some(SOFT), &pause);
        fx.put_stale(4, TTL).await;
        let released = pause.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SOFT - MILLISECOND).await;
            released.release();
        });
        let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
        assert_eq!((answer.number, answer.is_stale()), (5, false));
    }

    async fn a_soft_timeout_of_zero_answers_at_once(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, Some(Duration::ZERO), &pause);
        fx.put_stale(4, TTL).await;
        let start = Instant::now();
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 4);
        assert!(took(start, Duration::ZERO), "{:?}", start.elapsed());
    }

    async fn without_a_stale_value_soft_means_nothing(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, Some(SOFT), &pause);
        let start = Instant::now();
        let error = fx.things.get_or_load(7).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(took(start, HARD), "{:?}", start.elapsed());
    }

    async fn without_a_soft_timeout_a_stale_value_waits_for_hard(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, None, &pause);
        fx.put_stale(4, TTL).await;
        let start = Instant::now();
        let error = fx.things.get_or_load(7).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(took(start, HARD), "{:?}", start.elapsed());
    }

    async fn a_load_goes_on_after_a_timeout_and_is_stored(store: Store) {
        let pause = Pause::new();
        let (fx, source) = slow(store, None, &pause);
        assert!(fx.things.get_or_load(7).await.unwrap_err().is_retryable());
        assert_eq!(fx.open_flights().await, 1);
        pause.release();
        fx.cache.settle().await;
        assert_eq!((fx.number(7).await, source.calls(), fx.open_flights().await), (Some(5), 1, 0));
    }

    async fn who_asks_after_a_timeout_joins_the_load_that_goes_on(store: Store) {
        let pause = Pause::new();
        let (fx, source) = slow(store, None, &pause);
        assert!(fx.things.get_or_load(7).await.is_err());
        let start = Instant::now();
        assert!(fx.things.get_or_load(7).await.is_err());
        assert!(took(start, HARD), "with a deadline of its own: {:?}", start.elapsed());
        assert_eq!((source.calls(), fx.things.stats().waiters), (1, 1));
    }

    async fn a_load_is_dropped_after_four_times_hard(store: Store) {
        let pause = Pause::new();
        let (fx, _) = slow(store, None, &pause);
        let dropped = Arc::new(AtomicBool::new(false));
        let guard = Flag(Arc::clone(&dropped));
        let hangs = move |_| async move {
            let _guard = guard;
            std::future::pending::<()>().await;
            Ok::<_, io::Error>(thing(1))
        };
        let start = Instant::now();
        assert!(fx.things.get_or_load_with(7, hangs).await.is_err());
        assert!(!dropped.load(Ordering::SeqCst));
        fx.cache.settle().await;
        assert!(dropped.load(Ordering::SeqCst));
        assert!(took(start, 4 * HARD), "{:?}", start.elapsed());
        assert_eq!((fx.open_flights().await, fx.things.stats().load_errors), (0, 1));
    }

    async fn a_key_whose_load_was_dropped_loads_again(store: Store) {
        let pause = Pause::new();
        let (fx, source) = slow(store, None, &pause);
        assert!(fx.things.get_or_load(7).await.is_err());
        fx.cache.settle().await;
        pause.release();
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!(source.calls(), 2);
    }

    async fn an_inline_load_ends_with_its_callers_deadline(store: Store) {
        let fx = Fixture::configured(store, domain(), |config| config.load_timeout.hard = HARD);
        let hangs = |_| std::future::pending::<Result<crate::common::Thing, io::Error>>();
        let start = Instant::now();
        let error = fx.things.get_or_load_inline(7, hangs).await.unwrap_err();
        assert_eq!((error.kind(), fx.open_flights().await), (ErrorKind::Timeout, 0));
        assert!(took(start, HARD), "{:?}", start.elapsed());
    }
}

struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
