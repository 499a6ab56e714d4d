//! A change while a leader is publishing: it waits for the store's answer.

use std::time::Duration;

use cache_facade::{Operation, Result};
use cache_testkit::{Fault, Faults, Gate};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::change::{CHANGES, Caller, Change, NEW, OLD, ask};
use crate::fixture::{Fixture, PATIENCE, Seen};
use crate::source::Source;
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_change_waits_for_a_leader_that_is_publishing,
    a_publish_goes_on_when_its_caller_has_left,
}

/// A load of the old value that stands inside its publish: before it took effect, or before the store answered.
struct Held {
    fx: Fixture,
    gate: Gate,
    caller: Caller,
}

impl Held {
    async fn publishing(store: &Store, took_effect: bool) -> Self {
        let (faults, gate, source) = (Faults::default(), Gate::new(), Source::of(OLD));
        let fx = Fixture::faulty(store, source.domain(), &faults).await;
        // The first put of a release enters it among those at work.
        fx.things.exists(7).await.unwrap();
        if store.is_shared() {
            // The first put of a load is its lease.
            faults.next(Operation::Put, Fault::Delay(Duration::ZERO));
        }
        let fault = if took_effect {
            Fault::HangAnswer
        } else {
            Fault::Hang
        };
        faults.next(Operation::Put, fault(gate.clone()));
        let caller = ask(&fx.things);
        timeout(PATIENCE, gate.reached_by(1)).await.unwrap();
        source.set(NEW);
        Self { fx, gate, caller }
    }

    fn change(&self, change: Change) -> JoinHandle<Result<()>> {
        let (cache, things) = (self.fx.cache.clone(), self.fx.things.clone());
        tokio::spawn(async move { change.act(&cache, &things).await })
    }
}

async fn a_change_waits_for_a_leader_that_is_publishing(store: &Store) {
    for change in CHANGES {
        for took_effect in [false, true] {
            let held = Held::publishing(store, took_effect).await;
            let mut acting = held.change(change);
            let waits = timeout(Duration::from_millis(10), &mut acting).await;
            assert!(waits.is_err(), "{change:?} did not wait");
            held.gate.release();
            acting.await.unwrap().unwrap();
            assert_eq!(held.caller.await.unwrap(), OLD);
            // What was published is there for `put_if_absent` to find.
            let expected = match change {
                Change::PutIfAbsent => OLD,
                _ => change.outcome(),
            };
            assert_eq!(held.fx.load(7).await, expected, "{change:?}");
        }
    }
}

async fn a_publish_goes_on_when_its_caller_has_left(store: &Store) {
    let held = Held::publishing(store, false).await;
    held.caller.abort();
    assert!(held.caller.await.unwrap_err().is_cancelled());
    assert_eq!(held.fx.open_flights().await, 1);
    held.gate.release();
    held.fx.cache.settle().await;
    assert_eq!(held.fx.look().await, Seen::Fresh(OLD));
}
