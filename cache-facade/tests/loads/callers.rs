//! Callers that leave: a load goes on without them, an inline load is taken over.

use std::io;

use cache_core::Layer;
use cache_facade::{Domain, Operation, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};

use crate::common::{
    Fixture, Pause, Source, Store, Thing, at_gate, cache_over, on_each_store, run_others, thing,
    until,
};

type Caller = tokio::task::JoinHandle<u64>;

fn inline(things: &Domain<Thing>, pause: &Pause, number: u64) -> Caller {
    let (things, pause) = (things.clone(), pause.clone());
    tokio::spawn(async move {
        let load = |_| async {
            pause.pass().await;
            Ok::<_, io::Error>(thing(number))
        };
        let found = things.get_or_load_inline(7, load).await;
        found.unwrap().unwrap().number
    })
}

async fn leave(caller: Caller) {
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
}

on_each_store! {
    async fn a_load_without_callers_completes_and_is_stored(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        source.set(5);
        let things = fx.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number });
        pause.reached_by(1).await;
        leave(caller).await;
        pause.release();
        fx.cache.settle().await;
        assert_eq!((fx.number(7).await, source.calls()), (Some(5), 1));
    }

    async fn a_one_off_load_without_callers_is_stored_too(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, domain());
        let (things, standing) = (fx.things.clone(), pause.clone());
        let caller = tokio::spawn(async move {
            let load = move |_| async move {
                standing.pass().await;
                Ok::<_, io::Error>(thing(5))
            };
            things.get_or_load_with(7, load).await.unwrap().unwrap().number
        });
        pause.reached_by(1).await;
        leave(caller).await;
        pause.release();
        fx.cache.settle().await;
        assert_eq!(fx.number(7).await, Some(5));
    }

    async fn an_inline_load_ends_with_its_caller(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, domain());
        let caller = inline(&fx.things, &pause, 1);
        pause.reached_by(1).await;
        leave(caller).await;
        assert_eq!(fx.open_flights().await, 0);
        pause.release();
        run_others().await;
        assert_eq!(fx.number(7).await, None);
    }

    async fn the_next_waiter_takes_over_with_its_own_loader(store: Store) {
        let pauses = [Pause::new(), Pause::new()];
        let fx = Fixture::with(store, domain());
        let first = inline(&fx.things, &pauses[0], 1);
        pauses[0].reached_by(1).await;
        let second = inline(&fx.things, &pauses[1], 2);
        run_others().await;
        assert_eq!(pauses[1].arrived(), 0, "it waits for the first");
        leave(first).await;
        pauses[1].reached_by(1).await;
        pauses[1].release();
        assert_eq!((second.await.unwrap(), fx.number(7).await), (2, Some(2)));
    }

    async fn a_waiter_with_a_registered_loader_takes_over_too(store: Store) {
        let pause = Pause::new();
        let source = Source::new();
        let fx = Fixture::with(store, source.domain());
        source.set(5);
        let first = inline(&fx.things, &pause, 1);
        pause.reached_by(1).await;
        let things = fx.things.clone();
        let second = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number });
        run_others().await;
        leave(first).await;
        assert_eq!((second.await.unwrap(), source.calls()), (5, 1));
    }

    async fn takeovers_go_on_until_somebody_stays(store: Store) {
        let fx = Fixture::with(store, domain());
        let pauses: Vec<_> = (0..10).map(|_| Pause::new()).collect();
        let mut callers = Vec::new();
        for (number, pause) in (0..).zip(&pauses) {
            callers.push(inline(&fx.things, pause, number));
            run_others().await;
        }
        let stays = callers.pop().unwrap();
        for caller in callers {
            leave(caller).await;
            run_others().await;
        }
        pauses[9].reached_by(1).await;
        pauses[9].release();
        assert_eq!((stays.await.unwrap(), fx.open_flights().await), (9, 0));
    }

    async fn a_waiter_that_leaves_takes_nothing_with_it(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        let call = || {
            let things = fx.things.clone();
            tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number })
        };
        let (leads, leaves, stays) = (call(), call(), call());
        pause.reached_by(1).await;
        run_others().await;
        leave(leaves).await;
        pause.release();
        assert_eq!((leads.await.unwrap(), stays.await.unwrap(), source.calls()), (0, 0, 1));
    }
}

/// The publish has a task of its own, whoever ran the loader.
#[tokio::test(start_paused = true)]
async fn a_publish_goes_on_without_the_inline_caller() {
    let (faults, gate, clock) = (Faults::default(), Gate::new(), ManualClock::default());
    let backend = FaultLayer::new(&faults).layer(Store::Moka.backend(clock.judge()));
    let (cache, things) = cache_over(backend, clock, Store::Moka.config(), domain());
    faults.next(Operation::Put, Fault::Hang(gate.clone()));
    let pause = Pause::new();
    pause.release();
    let caller = inline(&things, &pause, 5);
    at_gate(&gate).await;
    leave(caller).await;
    gate.release();
    cache.settle().await;
    assert_eq!(things.get(7).await.unwrap().unwrap().number, 5);
}

/// A cache may be shared by several runtimes; a load runs on that of its leader.
#[tokio::test]
async fn a_runtime_that_goes_away_takes_no_waiter_with_it() {
    let pause = Pause::new();
    let fx = Fixture::with(Store::Moka, domain());
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let other = builder.worker_threads(1).enable_time().build().unwrap();
    let (things, standing) = (fx.things.clone(), pause.clone());
    other.spawn(async move {
        let load = move |_| async move {
            standing.pass().await;
            Ok::<_, io::Error>(thing(1))
        };
        things.get_or_load_with(7, load).await.map(drop)
    });
    pause.reached_by(1).await;
    let things = fx.things.clone();
    let waiter = tokio::spawn(async move {
        let load = |_| async { Ok::<_, io::Error>(thing(2)) };
        things
            .get_or_load_with(7, load)
            .await
            .unwrap()
            .unwrap()
            .number
    });
    until("it waits", || fx.things.stats().waiters == 1).await;
    other.shutdown_background();
    assert_eq!((waiter.await.unwrap(), fx.number(7).await), (2, Some(2)));
}
