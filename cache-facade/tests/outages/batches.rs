//! Batches of which a part fails.

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Domain, ErrorKind, Operation, Result, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock, MemoryBackend};

use crate::common::{Store, Thing, cache_over, on_each_store, thing};
use crate::outage::{DOWN, Outage};

on_each_store! {
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
        assert_eq!((stats.writes, stats.fresh, stats.invalidations.total(), stats.failures), (3, 3, 3, 3));
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
}

fn kinds<T>(answers: Vec<Result<T>>) -> Vec<Option<ErrorKind>> {
    let kinds = answers
        .into_iter()
        .map(|answer| answer.err().map(|error| error.kind()));
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
