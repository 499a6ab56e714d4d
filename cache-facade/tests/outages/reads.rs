//! Reads that fail: an error without a loader, a load with one.

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Error, ErrorKind, Lookup, MissReason, Operation, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock, MemoryBackend};
use tokio::time::Instant;

use crate::common::{Pause, Source, Store, cache_over, number_of, on_each_store, thing, until};
use crate::outage::{DEADLINE, DOWN, Outage, kind};

on_each_store! {
    async fn a_failed_read_is_an_error_and_not_a_miss(store: Store) {
        let fx = Outage::on(store);
        fx.faults.set(Operation::Get, DOWN);
        let error = fx.things.get(7).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.failed_operation(), Some(Operation::Get));
        assert!(error.failed_backend().is_some());
        assert_eq!(kind(fx.things.lookup(7).await), ErrorKind::Unavailable);
    }

    async fn failed_reads_are_counted_by_reason(store: Store) {
        let fx = Outage::on(store);
        fx.faults.next(Operation::Get, DOWN);
        fx.faults.next(Operation::Get, Fault::LoseAnswer);
        assert_eq!(kind(fx.things.get(7).await), ErrorKind::Unavailable);
        assert_eq!(kind(fx.things.get(7).await), ErrorKind::Timeout);
        let stats = fx.things.stats();
        assert_eq!((stats.misses.backend_error, stats.misses.timeout), (1, 1));
        assert_eq!((stats.lookups(), stats.failures), (2, 2));
    }

    async fn a_hanging_read_answers_timeout_at_the_deadline(store: Store) {
        let fx = Outage::on(store);
        let _gate = fx.hang(Operation::Get);
        let start = Instant::now();
        assert_eq!(kind(fx.things.get(7).await), ErrorKind::Timeout);
        assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert_eq!(fx.things.stats().misses.timeout, 1);
    }

    async fn a_slow_read_within_the_deadline_is_answered(store: Store) {
        let fx = Outage::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.faults.set(Operation::Get, Fault::Delay(DEADLINE - Duration::from_millis(10)));
        assert_eq!(number_of(&fx.things, 7).await, Some(1));
    }

    async fn a_failed_read_with_a_loader_is_loaded_and_not_stored(store: Store) {
        let fx = Outage::on(store);
        fx.faults.set(Operation::Get, DOWN);
        let found = fx.things.get_or_load(7).await.unwrap().unwrap();
        assert_eq!((found.number, fx.source.calls()), (5, 1));
        assert_eq!(fx.faults.calls(Operation::Put), 0);
        let stats = fx.things.stats();
        assert_eq!((stats.failures, stats.misses.backend_error), (1, 1));
    }

    async fn a_hanging_read_with_a_loader_is_loaded_after_the_deadline(store: Store) {
        let fx = Outage::on(store);
        let _gate = fx.hang(Operation::Get);
        let start = Instant::now();
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
    }

    async fn a_second_read_that_fails_means_that_nothing_is_stored(store: Store) {
        let fx = Outage::on(store);
        fx.faults.next(Operation::Get, Fault::Delay(Duration::ZERO));
        fx.faults.next(Operation::Get, DOWN);
        // In process the second read begins with the head.
        fx.faults.next(Operation::Head, DOWN);
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!(fx.faults.calls(Operation::Put), 0);
        assert_eq!(fx.things.stats().failures, 1);
    }

    async fn a_failed_write_of_a_load_is_counted_and_its_callers_are_answered(store: Store) {
        let fx = Outage::on(store);
        fx.faults.next(Operation::Put, DOWN);
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        let stats = fx.things.stats();
        assert_eq!((stats.failures, stats.load_errors, stats.fenced), (1, 0, 0));
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!((fx.source.calls(), number_of(&fx.things, 7).await), (2, Some(5)));
    }

    async fn an_outage_with_a_loader_is_one_load_for_all_callers(store: Store) {
        let pause = Pause::new();
        let fx = Outage::loading(store, Source::slow(&pause));
        fx.faults.set(Operation::Get, DOWN);
        let release = async {
            until("all wait", || fx.things.stats().waiters == 99).await;
            pause.release();
        };
        let callers = (0..100).map(|_| fx.things.get_or_load(7));
        let callers = futures_util::future::join_all(callers);
        let (answers, ()) = tokio::join!(callers, release);
        assert!(answers.into_iter().all(|answer| answer.unwrap().unwrap().number == 5));
        assert_eq!(fx.source.calls(), 1);
    }

    async fn a_store_that_comes_back_is_used_again(store: Store) {
        let fx = Outage::on(store);
        fx.faults.set(Operation::Get, DOWN);
        fx.things.get_or_load(7).await.unwrap();
        fx.faults.heal_all();
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Miss(MissReason::Absent)));
        fx.things.get_or_load(7).await.unwrap();
        assert_eq!((number_of(&fx.things, 7).await, fx.source.calls()), (Some(5), 2));
    }

    async fn the_stores_own_figures_are_an_error_when_it_is_down(store: Store) {
        let fx = Outage::on(store);
        fx.faults.set(Operation::Stats, DOWN);
        assert_eq!(kind(fx.cache.stats().await), ErrorKind::Unavailable);
        let _gate = fx.hang(Operation::Stats);
        assert_eq!(kind(fx.cache.stats().await), ErrorKind::Timeout);
    }

    async fn no_error_names_an_id(store: Store) {
        let fx = Outage::on(store);
        fx.faults.set(Operation::Get, DOWN);
        let error: Error = fx.things.get("secret-id").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_configured() {
    let (faults, clock) = (Faults::default(), ManualClock::default());
    let backend = FaultLayer::new(&faults).layer(MemoryBackend::new(clock.judge()));
    let mut config = Store::Objects.config();
    config.deadline = Duration::from_millis(10);
    let (_cache, things) = cache_over(backend, clock, config, domain());
    faults.set(Operation::Get, Fault::Hang(Gate::new()));
    let start = Instant::now();
    let error = things.get(7).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("10 ms"), "{error}");
    assert!(start.elapsed() < Duration::from_millis(20));
}
