//! Stores that fail, hang and lose answers: what a caller is told, what is loaded all the same, and what is counted.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod common;

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{
    Cache, Domain, Error, ErrorKind, Lookup, MissReason, Operation, Result, Ttl, domain,
};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock, MemoryBackend};
use common::{Source, Store, Thing, cache_over, number_of, on_each_store, thing};
use tokio::time::Instant;

const DEADLINE: Duration = Duration::from_millis(250);
const DOWN: Fault = Fault::Error(ErrorKind::Unavailable);

struct Outage {
    cache: Cache,
    things: Domain<Thing>,
    source: Source,
    faults: Faults,
}

impl Outage {
    fn on(store: Store) -> Self {
        Self::loading(store, Source::new())
    }

    fn loading(store: Store, source: Source) -> Self {
        let (faults, clock) = (Faults::default(), ManualClock::default());
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let (cache, things) = cache_over(backend, clock, store.config(), source.domain());
        source.set(5);
        Self { cache, things, source, faults }
    }

    /// An operation never ends, until the gate is released.
    fn hang(&self, operation: Operation) -> Gate {
        let gate = Gate::new();
        self.faults.set(operation, Fault::Hang(gate.clone()));
        gate
    }

    /// Each change, with the operation of the store that it rests on.
    async fn changes(&self) -> Vec<(Operation, Result<()>)> {
        let things = &self.things;
        let minute = Duration::from_secs(60);
        vec![
            (Operation::Put, things.put(7, thing(1)).await),
            (Operation::Put, things.put_if_absent(8, thing(1), Ttl::Default).await.map(drop)),
            (Operation::Put, things.update(7, |_| Some(thing(2))).await.map(drop)),
            (Operation::Remove, things.invalidate(9).await.map(drop)),
            (Operation::Head, things.exists(7).await.map(drop)),
            (Operation::Head, things.touch(7, Ttl::Default).await.map(drop)),
            (Operation::Head, things.expire(7).await.map(drop)),
            (Operation::Retime, things.touch(7, Ttl::Default).await.map(drop)),
            (Operation::Retime, things.expire(7).await.map(drop)),
            (Operation::Clear, things.clear().await),
            (Operation::Clear, self.cache.clear().await),
            (Operation::Add, things.counter().add(7, 1, minute).await.map(drop)),
            (Operation::PutMany, things.put_many([(7, thing(1))]).await.pop().unwrap()),
            (Operation::RemoveMany, things.invalidate_many([9]).await.pop().unwrap().map(drop)),
        ]
    }
}

fn kind<T>(answer: Result<T>) -> ErrorKind {
    answer.map(drop).unwrap_err().kind()
}

const WRITES: [Operation; 8] = [
    Operation::Put,
    Operation::Remove,
    Operation::Head,
    Operation::Retime,
    Operation::Clear,
    Operation::Add,
    Operation::PutMany,
    Operation::RemoveMany,
];

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
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!((fx.faults.calls(Operation::Get), fx.faults.calls(Operation::Put)), (2, 0));
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
        let pause = common::Pause::new();
        let fx = Outage::loading(store, Source::slow(&pause));
        fx.faults.set(Operation::Get, DOWN);
        let release = async {
            common::until("all wait", || fx.things.stats().waiters == 99).await;
            pause.release();
        };
        let callers = (0..100).map(|_| fx.things.get_or_load(7));
        let callers = futures_util::future::join_all(callers);
        let (answers, ()) = tokio::join!(callers, release);
        assert!(answers.into_iter().all(|answer| answer.unwrap().unwrap().number == 5));
        assert_eq!(fx.source.calls(), 1);
    }

    async fn a_change_answers_the_stores_error(store: Store) {
        for operation in WRITES {
            let fx = Outage::on(store);
            for id in [7, 9] {
                fx.things.put(id, thing(0)).await.unwrap();
            }
            fx.faults.set(operation, DOWN);
            for (of, answer) in fx.changes().await {
                if of == operation {
                    assert_eq!(kind(answer), ErrorKind::Unavailable, "{operation:?}");
                }
            }
            let failures = fx.things.stats().failures;
            assert!((1..=6).contains(&failures), "{operation:?}: {failures}");
        }
    }

    async fn a_hanging_change_answers_timeout_at_the_deadline(store: Store) {
        for operation in WRITES {
            let fx = Outage::on(store);
            fx.things.put(7, thing(0)).await.unwrap();
            let _gate = fx.hang(operation);
            let start = Instant::now();
            let changes = fx.changes().await;
            let hung = changes.into_iter().filter(|(of, _)| *of == operation);
            let hung: Vec<_> = hung.map(|(_, answer)| kind(answer)).collect();
            assert!(hung.iter().all(|kind| *kind == ErrorKind::Timeout), "{operation:?}");
            let most = DEADLINE * 5 * u32::try_from(hung.len()).unwrap();
            assert!(start.elapsed() < most, "{operation:?}: {:?}", start.elapsed());
        }
    }

    async fn a_put_whose_answer_is_lost_may_have_taken_effect(store: Store) {
        let fx = Outage::on(store);
        fx.faults.next(Operation::Put, Fault::LoseAnswer);
        assert_eq!(kind(fx.things.put(7, thing(1)).await), ErrorKind::Timeout);
        assert_eq!(number_of(&fx.things, 7).await, Some(1));
    }

    async fn nothing_is_tried_again_by_itself(store: Store) {
        let fx = Outage::on(store);
        for operation in WRITES {
            fx.faults.set(operation, DOWN);
        }
        fx.faults.set(Operation::Get, DOWN);
        let _ = (fx.things.get(7).await, fx.things.put(7, thing(1)).await);
        let _ = (fx.things.invalidate(7).await, fx.things.clear().await);
        for operation in [Operation::Get, Operation::Put, Operation::Remove, Operation::Clear] {
            assert_eq!(fx.faults.calls(operation), 1, "{operation:?}");
        }
    }

    async fn one_failing_item_of_a_batch_does_not_hide_the_others(store: Store) {
        let fx = Outage::on(store);
        let third_fails = |kinds: Vec<Option<ErrorKind>>| {
            assert_eq!(kinds, [None, None, Some(ErrorKind::Timeout), None]);
        };
        let ids = [1, 2, 3, 4];
        for operation in [Operation::PutMany, Operation::GetMany, Operation::RemoveMany] {
            fx.faults.next(operation, Fault::LoseAnswerOf(2));
        }
        third_fails(kinds(fx.things.put_many(ids.map(|id| (id, thing(id)))).await));
        third_fails(kinds(fx.things.get_many(ids).await));
        third_fails(kinds(fx.things.invalidate_many(ids).await));
        let stats = fx.things.stats();
        assert_eq!((stats.writes, stats.fresh, stats.invalidations, stats.failures), (3, 3, 3, 3));
        assert_eq!(stats.misses.timeout, 1);
    }

    async fn a_batch_that_fails_as_a_whole_answers_each_item(store: Store) {
        let fx = Outage::on(store);
        let _gates = [Operation::PutMany, Operation::GetMany, Operation::RemoveMany].map(|of| fx.hang(of));
        let ids = [1, 2, 3];
        let timeouts = [Some(ErrorKind::Timeout); 3];
        assert_eq!(kinds(fx.things.put_many(ids.map(|id| (id, thing(id)))).await), timeouts);
        assert_eq!(kinds(fx.things.get_many(ids).await), timeouts);
        assert_eq!(kinds(fx.things.invalidate_many(ids).await), timeouts);
        assert_eq!(fx.things.stats().failures, 9);
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

fn kinds<T>(answers: Vec<Result<T>>) -> Vec<Option<ErrorKind>> {
    let kinds = answers.into_iter().map(|answer| answer.err().map(|error| error.kind()));
    kinds.collect()
}

/// A store without batches is asked for one item after the other, within one deadline.
#[tokio::test(start_paused = true)]
async fn one_failing_item_of_a_loop_does_not_hide_the_others() {
    let (faults, things) = one_by_one();
    faults.next(Operation::Get, Fault::Delay(Duration::ZERO));
    faults.next(Operation::Get, DOWN);
    let expected = [None, Some(ErrorKind::Unavailable), None];
    assert_eq!(kinds(things.get_many([1, 2, 3]).await), expected);
}

#[tokio::test(start_paused = true)]
async fn one_hanging_item_of_a_loop_does_not_hide_those_before_it() {
    // FAULT: what the store has answered is thrown away with what it has not.
    let (faults, things) = one_by_one();
    faults.next(Operation::Get, Fault::Delay(Duration::ZERO));
    faults.next(Operation::Get, Fault::Hang(Gate::new()));
    let answers = kinds(things.get_many([1, 2, 3]).await);
    assert_eq!(answers[..2], [None, Some(ErrorKind::Timeout)]);
}

fn one_by_one() -> (Faults, Domain<Thing>) {
    let (faults, clock) = (Faults::default(), ManualClock::default());
    let store = MemoryBackend::new(clock.judge()).without(cache_core::Capability::Batch);
    let backend = FaultLayer::new(&faults).layer(store);
    let (_cache, things) = cache_over(backend, clock, Store::Objects.config(), domain());
    (faults, things)
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
