//! A change while a leader is publishing: it waits for the store, at most up to its deadline.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Cache, Domain, ErrorKind, Loaded, Operation, Result};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};
use tokio::time::Instant;

use crate::change::{CHANGES, Caller, Change, NEW, OLD, PUT, ask};
use crate::common::source::answering;
use crate::common::{
    NEGATIVE_TTL, Source, Store, TTL, Thing, at_gate, cache_over, number_of, on_each_store,
    run_others,
};

const DEADLINE: Duration = Duration::from_millis(250);

/// A cache over a store whose puts a test holds back.
struct Held {
    cache: Cache,
    things: Domain<Thing>,
    source: Source,
    faults: Faults,
    gate: Gate,
    clock: ManualClock,
}

impl Held {
    /// A load of the old value that stands inside its publish: before it took effect, or before the store answered.
    async fn publishing(store: Store, took_effect: bool) -> (Self, Caller) {
        let (faults, gate, source) = (Faults::default(), Gate::new(), Source::new());
        let clock = ManualClock::default();
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let time = clock.clone();
        let (cache, things) = cache_over(backend, time, store.config(), source.domain());
        let fault = if took_effect {
            Fault::HangAnswer
        } else {
            Fault::Hang
        };
        faults.next(Operation::Put, fault(gate.clone()));
        source.set(OLD);
        let caller = ask(&things);
        at_gate(&gate).await;
        source.set(NEW);
        (
            Self {
                cache,
                things,
                source,
                faults,
                gate,
                clock,
            },
            caller,
        )
    }

    fn change(&self, change: Change) -> tokio::task::JoinHandle<Result<()>> {
        let (cache, things) = (self.cache.clone(), self.things.clone());
        tokio::spawn(async move { change.act(&cache, &things).await })
    }
}

on_each_store! {
    async fn a_change_waits_for_a_leader_that_is_publishing(store: Store) {
        for change in CHANGES {
            for took_effect in [false, true] {
                let (held, caller) = Held::publishing(store, took_effect).await;
                let acting = held.change(change);
                run_others().await;
                assert!(!acting.is_finished(), "{change:?}");
                held.gate.release();
                acting.await.unwrap().unwrap();
                assert_eq!(caller.await.unwrap(), OLD);
                let next = held.things.get_or_load(7).await.unwrap().unwrap().number;
                // The published value is there for `put_if_absent` to find.
                let expected = if change == Change::PutIfAbsent { OLD } else { change.outcome() };
                assert_eq!(next, expected, "{change:?}");
            }
        }
    }

    async fn a_change_acts_after_the_deadline_and_answers_timeout(store: Store) {
        for change in CHANGES {
            let (held, _caller) = Held::publishing(store, true).await;
            let start = Instant::now();
            let error = held.change(change).await.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{change:?}");
            assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
            let stands = held.things.get(7).await.unwrap().map(|thing| thing.number);
            let expected = match change {
                Change::PutIfAbsent => Some(OLD),
                _ if change.outcome() == PUT => Some(PUT),
                _ => None,
            };
            assert_eq!(stands, expected, "{change:?}: it acted all the same");
            held.gate.release();
            held.cache.settle().await;
        }
    }

    async fn callers_of_a_slow_publish_are_answered_after_the_deadline(store: Store) {
        let (_held, caller) = Held::publishing(store, false).await;
        let start = Instant::now();
        assert_eq!(caller.await.unwrap(), OLD);
        assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
    }

    async fn a_flight_stays_open_until_the_store_has_answered(store: Store) {
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        assert_eq!(held.cache.stats().await.unwrap().open_flights, 1);
        held.gate.release();
        held.cache.settle().await;
        assert_eq!(held.cache.stats().await.unwrap().open_flights, 0);
        assert_eq!(number_of(&held.things, 7).await, Some(OLD));
    }

    async fn who_asks_during_a_slow_publish_gets_its_answer(store: Store) {
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        assert_eq!(held.things.get_or_load(7).await.unwrap().unwrap().number, OLD);
        assert_eq!(held.source.calls(), 1);
        held.gate.release();
        held.cache.settle().await;
        assert_eq!(held.faults.calls(Operation::Put), 1);
    }

    async fn a_slow_publish_does_not_answer_with_what_is_dead(store: Store) {
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        held.clock.advance(TTL);
        let later = held.things.get_or_load(7).await.map(|found| found.map(|thing| thing.number));
        assert!(!matches!(later, Ok(Some(OLD))), "{later:?}");
    }

    async fn a_slow_publish_does_not_say_absent_beyond_the_negative_ttl(store: Store) {
        let (faults, gate, clock) = (Faults::default(), Gate::new(), ManualClock::default());
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let (spec, calls) = answering(|_, _| async { Ok(Loaded::Absent) });
        let (_cache, things) = cache_over(backend, clock.clone(), store.config(), spec);
        faults.next(Operation::Put, Fault::Hang(gate.clone()));
        assert!(things.get_or_load(7).await.unwrap().is_none());
        clock.advance(NEGATIVE_TTL);
        let later = things.get_or_load(7).await;
        assert!(later.is_err() || calls.load(Ordering::SeqCst) == 2, "{later:?}");
        gate.release();
    }
}
