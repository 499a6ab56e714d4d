//! `settle`: a wait for everything that is under way.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use cache_core::Layer;
use cache_facade::{Operation, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};
use tokio::time::Instant;

use crate::common::{Fixture, Pause, Source, Store, cache_over, on_each_store, run_others, thing};

fn is_pending(future: impl Future) -> bool {
    let polled = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    matches!(polled, Poll::Pending)
}

on_each_store! {
    async fn with_nothing_under_way_it_ends_at_once(store: Store) {
        let fx = Fixture::with(store, Source::new().domain());
        fx.things.get_or_load(7).await.unwrap();
        assert!(!is_pending(fx.cache.settle()));
    }

    async fn it_waits_for_loads_whose_callers_have_left(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, Source::slow(&pause).domain());
        for id in 0..10_u64 {
            let things = fx.things.clone();
            let caller = tokio::spawn(async move { things.get_or_load(id).await.map(drop) });
            pause.reached_by(usize::try_from(id).unwrap() + 1).await;
            caller.abort();
        }
        assert!(is_pending(fx.cache.settle()));
        pause.release();
        fx.cache.settle().await;
        let found = fx.things.get_many(0..10_u64).await;
        assert!(found.into_iter().all(|one| one.unwrap().is_some()));
    }

    async fn it_waits_for_a_publish(store: Store) {
        let (faults, gate, clock) = (Faults::default(), Gate::new(), ManualClock::default());
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let spec = Source::new().domain();
        let (cache, things) = cache_over(backend, clock, store.config(), spec);
        faults.next(Operation::Put, Fault::Hang(gate.clone()));
        things.get_or_load(7).await.unwrap();
        assert!(is_pending(cache.settle()));
        gate.release();
        cache.settle().await;
        assert!(things.get(7).await.unwrap().is_some());
    }

    async fn it_waits_for_inline_loads(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, domain());
        let (things, standing) = (fx.things.clone(), pause.clone());
        let caller = tokio::spawn(async move {
            let load = |_| async {
                standing.pass().await;
                Ok::<_, io::Error>(thing(1))
            };
            things.get_or_load_inline(7, load).await.map(drop)
        });
        pause.reached_by(1).await;
        assert!(is_pending(fx.cache.settle()));
        pause.release();
        caller.await.unwrap().unwrap();
    }

    async fn it_can_be_called_again_and_again(store: Store) {
        let fx = Fixture::with(store, Source::new().domain());
        for id in 0..10_u64 {
            fx.things.get_or_load(id).await.unwrap();
            fx.cache.settle().await;
        }
    }

    async fn a_load_that_hangs_is_waited_for_up_to_four_times_hard(store: Store) {
        let fx = Fixture::with(store, domain());
        let hangs = |_| std::future::pending::<Result<crate::common::Thing, io::Error>>();
        let start = Instant::now();
        assert!(fx.things.get_or_load_with(7, hangs).await.is_err());
        fx.cache.settle().await;
        assert_eq!(start.elapsed().as_secs(), 120);
    }

    async fn no_task_is_left(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, Source::slow(&pause).domain());
        let tasks = tokio::runtime::Handle::current().metrics();
        let before = tasks.num_alive_tasks();
        for id in 0..100_u64 {
            let things = fx.things.clone();
            let caller = tokio::spawn(async move { things.get_or_load(id).await.map(drop) });
            pause.reached_by(usize::try_from(id).unwrap() + 1).await;
            caller.abort();
            fx.things.invalidate(id).await.unwrap();
        }
        assert!(tasks.num_alive_tasks() >= before + 100);
        pause.release();
        fx.cache.settle().await;
        run_others().await;
        assert_eq!(tasks.num_alive_tasks(), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_for_a_load_in_its_first_step() {
    let fx = Fixture::with(Store::Moka, domain());
    let (inside, entered) = tokio::sync::oneshot::channel();
    let (go_on, standing) = mpsc::channel::<()>();
    let things = fx.things.clone();
    let caller = tokio::spawn(async move {
        let load = move |_| async move {
            inside.send(()).unwrap();
            standing.recv().unwrap();
            Ok::<_, io::Error>(thing(1))
        };
        things.get_or_load_with(7, load).await.map(drop)
    });
    entered.await.unwrap();
    let waits = is_pending(fx.cache.settle());
    go_on.send(()).unwrap();
    caller.await.unwrap().unwrap();
    assert!(waits);
}
