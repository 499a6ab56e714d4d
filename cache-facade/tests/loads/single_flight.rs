//! However many ask, one load runs: 10 to 10,000 tasks, and every end that a load can have.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_facade::{Domain, ErrorKind, Loaded, Result, domain, loader_fn};
use tokio::task::JoinSet;

use crate::common::source::answering;
use crate::common::{
    Fixture, Pause, Source, Store, TTL, Thing, on_each_store, run_others, thing, until,
};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

type Callers = JoinSet<Result<Option<u64>>>;

/// As many callers, all of them waiting for the one load that stands at the pause.
async fn callers(things: &Domain<Thing>, number: usize, pause: &Pause) -> Callers {
    let mut callers = JoinSet::new();
    for _ in 0..number {
        let things = things.clone();
        callers.spawn(async move {
            let found = things.get_or_load(7).await?;
            Ok(found.map(|thing| thing.number))
        });
    }
    pause.reached_by(1).await;
    waiting(things, number - 1).await;
    callers
}

async fn waiting(things: &Domain<Thing>, callers: usize) {
    until("all have joined the flight", || {
        things.stats().waiters == callers as u64
    })
    .await;
}

async fn answers(callers: Callers) -> Vec<Result<Option<u64>>> {
    callers.join_all().await
}

on_each_store! {
    async fn concurrent_misses_load_once(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, source.domain());
            source.set(5);
            let callers = callers(&fx.things, size, &pause).await;
            pause.release();
            let answers = answers(callers).await;
            assert!(answers.into_iter().all(|answer| answer.unwrap() == Some(5)));
            assert_eq!((source.calls(), fx.things.stats().loads), (1, 1), "{size} callers");
            assert_eq!(fx.number(7).await, Some(5));
        }
    }

    async fn concurrent_reads_of_a_stale_value_load_once(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, source.domain());
            fx.put_stale(4, TTL).await;
            source.set(5);
            let callers = callers(&fx.things, size, &pause).await;
            pause.release();
            let answers = answers(callers).await;
            assert!(answers.into_iter().all(|answer| answer.unwrap() == Some(5)));
            assert_eq!(source.calls(), 1, "{size} callers");
            assert_eq!(fx.things.stats().stale, size as u64);
        }
    }

    async fn a_cancelled_leader_does_not_load_again(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, source.domain());
            let things = fx.things.clone();
            let leader = tokio::spawn(async move { things.get_or_load(7).await.map(drop) });
            pause.reached_by(1).await;
            let mut others = JoinSet::new();
            for _ in 1..size {
                let things = fx.things.clone();
                others.spawn(async move { things.get_or_load(7).await.map(drop) });
            }
            waiting(&fx.things, size - 1).await;
            leader.abort();
            assert!(leader.await.unwrap_err().is_cancelled());
            pause.release();
            assert!(others.join_all().await.into_iter().all(|answer| answer.is_ok()));
            assert_eq!(source.calls(), 1, "{size} callers");
        }
    }

    async fn a_cancelled_inline_leader_is_followed_by_one_other(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, domain());
            let mut callers = JoinSet::new();
            let mut leader = None;
            for _ in 0..size {
                let (things, source) = (fx.things.clone(), source.clone());
                let caller = callers.spawn(async move {
                    things.get_or_load_inline(7, |_| source.load()).await.map(drop)
                });
                leader.get_or_insert(caller);
            }
            pause.reached_by(1).await;
            waiting(&fx.things, size - 1).await;
            leader.unwrap().abort();
            pause.reached_by(2).await;
            // All but the new leader have joined once more.
            waiting(&fx.things, size - 1 + size - 2).await;
            pause.release();
            let mut answered = 0;
            while let Some(caller) = callers.join_next().await {
                answered += usize::from(caller.is_ok_and(|answer| answer.is_ok()));
            }
            assert_eq!((answered, source.calls()), (size - 1, 2), "{size} callers");
        }
    }

    async fn a_panicking_leader_is_called_once_and_the_key_is_not_poisoned(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let standing = pause.clone();
            let (spec, calls) = answering(move |call, _| {
                let standing = standing.clone();
                async move {
                    standing.pass().await;
                    assert!(call > 1, "the first call panics");
                    Ok(Loaded::Value(thing(call)))
                }
            });
            let fx = Fixture::with(store, spec);
            let callers = callers(&fx.things, size, &pause).await;
            pause.release();
            for answer in answers(callers).await {
                assert_eq!(answer.unwrap_err().kind(), ErrorKind::Load);
            }
            assert_eq!(calls.load(Ordering::SeqCst), 1, "{size} callers");
            assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 2);
        }
    }

    async fn a_loader_that_times_out_is_called_once(store: Store) {
        for size in SIZES {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::configured(store, source.domain(), |config| {
                config.load_timeout.hard = Duration::from_secs(1);
            });
            source.set(5);
            let callers = callers(&fx.things, size, &pause).await;
            // Nothing else is left to do, so time goes on to the callers' deadline.
            for answer in answers(callers).await {
                assert_eq!(answer.unwrap_err().kind(), ErrorKind::Timeout);
            }
            pause.release();
            fx.cache.settle().await;
            assert_eq!(source.calls(), 1, "{size} callers");
            assert_eq!(fx.number(7).await, Some(5), "the load went on and was stored");
        }
    }

    async fn different_ids_load_side_by_side(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        let mut callers = JoinSet::new();
        for id in 0..100_u64 {
            let things = fx.things.clone();
            callers.spawn(async move { things.get_or_load(id).await.map(drop) });
        }
        pause.reached_by(100).await;
        assert_eq!(fx.open_flights().await, 100);
        pause.release();
        assert!(callers.join_all().await.into_iter().all(|answer| answer.is_ok()));
        assert_eq!((source.calls(), fx.open_flights().await), (100, 0));
    }
}

/// Real threads: the callers come from all sides, and the loader gives way in the middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_callers_on_four_threads_load_once() {
    for store in [Store::Moka, Store::Objects] {
        let calls = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&calls);
        let spec = domain().loader(loader_fn(move |id: u64, _| {
            let counted = Arc::clone(&counted);
            async move {
                counted.fetch_add(1, Ordering::SeqCst);
                run_others().await;
                Ok::<_, io::Error>(thing(id))
            }
        }));
        let fx = Fixture::with(store, spec);
        let barrier = Arc::new(tokio::sync::Barrier::new(10_000));
        let mut callers = JoinSet::new();
        for _ in 0..10_000 {
            let (things, barrier) = (fx.things.clone(), Arc::clone(&barrier));
            callers.spawn(async move {
                barrier.wait().await;
                things.get_or_load(7).await.unwrap().unwrap().number
            });
        }
        assert!(
            callers
                .join_all()
                .await
                .into_iter()
                .all(|number| number == 7)
        );
        assert_eq!(calls.load(Ordering::SeqCst), 1, "{store:?}");
    }
}
