//! The bounds of loads, what a load needs, and what observers are told of it.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod common;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cache_core::ReadOutcome;
use cache_facade::{
    Cache, Domain, ErrorKind, EventKind, Operation, Result, Sampling, Ttl, domain, loader_fn,
};
use cache_testkit::EventRecorder;
use common::{Fixture, Pause, Source, Store, Thing, on_each_store, run_others, thing, until};

type Caller = tokio::task::JoinHandle<Result<Option<u64>>>;

fn ask(things: &Domain<Thing>, id: u64) -> Caller {
    let things = things.clone();
    tokio::spawn(async move {
        let found = things.get_or_load(id).await?;
        Ok(found.map(|thing| thing.number))
    })
}

fn limited(store: Store, source: &Source, flights: usize) -> Fixture {
    Fixture::configured(store, source.domain(), |config| {
        config.max_flights = flights;
    })
}

on_each_store! {
    async fn beyond_max_flights_a_load_is_refused(store: Store) {
        let pause = Pause::new();
        let fx = limited(store, &Source::slow(&pause), 2);
        let callers = [ask(&fx.things, 1), ask(&fx.things, 2)];
        pause.reached_by(2).await;
        let error = fx.things.get_or_load(3).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded);
        assert!(error.is_retryable());
        assert!(error.to_string().contains("max_flights"));
        pause.release();
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
    }

    async fn a_full_table_lets_callers_join(store: Store) {
        let pause = Pause::new();
        let fx = limited(store, &Source::slow(&pause), 1);
        let callers = [ask(&fx.things, 1), ask(&fx.things, 1)];
        pause.reached_by(1).await;
        until("the second has joined", || fx.things.stats().waiters == 1).await;
        pause.release();
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
    }

    async fn a_full_table_lets_hits_through(store: Store) {
        let pause = Pause::new();
        let fx = limited(store, &Source::slow(&pause), 1);
        fx.things.put(2, thing(5)).await.unwrap();
        let caller = ask(&fx.things, 1);
        pause.reached_by(1).await;
        assert_eq!(fx.things.get_or_load(2).await.unwrap().unwrap().number, 5);
        pause.release();
        caller.await.unwrap().unwrap();
    }

    async fn the_end_of_a_load_makes_room(store: Store) {
        let source = Source::new();
        let fx = limited(store, &source, 1);
        for id in 0..100 {
            fx.things.get_or_load(id).await.unwrap();
        }
        assert_eq!((source.calls(), fx.open_flights().await), (100, 0));
    }

    async fn a_load_that_was_fenced_still_counts_against_the_bound(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = limited(store, &source, 4);
        let mut callers = Vec::new();
        for _ in 0..8 {
            callers.push(ask(&fx.things, 7));
            run_others().await;
            fx.things.invalidate(7).await.unwrap();
        }
        assert!(source.calls() <= 4, "{} loads are under way", source.calls());
    }

    async fn without_a_loader_the_error_names_the_domain(store: Store) {
        let fx = Fixture::on(store);
        let error = fx.things.get_or_load(7).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        for part in ["`thing`", "no loader", "get_or_load_with"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    async fn without_a_loader_hits_are_answered(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 1);
    }

    async fn an_id_that_is_none_of_the_loaders_is_an_invalid_key(store: Store) {
        let source = Source::new();
        let fx = Fixture::with(store, source.domain());
        for id in ["abc", "-1", "007", ""] {
            let error = fx.things.get_or_load(id).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidKey, "{id:?}");
        }
        assert_eq!((source.calls(), fx.open_flights().await), (0, 0));
    }

    async fn a_loader_gets_the_id_in_its_own_type(store: Store) {
        let spec = domain().loader(loader_fn(|id: (u64, String), _| async move {
            Ok::<_, io::Error>(Thing { number: id.0, name: id.1 })
        }));
        let fx = Fixture::with(store, spec);
        let found = fx.things.get_or_load((7_u64, "a:b")).await.unwrap().unwrap();
        assert_eq!((found.number, found.name.as_str()), (7, "a:b"));
    }
}

/// Polls once, outside of every runtime.
fn without_runtime<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_load_outside_a_runtime_is_refused() {
    let source = Source::new();
    let fx = Fixture::with(Store::Moka, source.domain());
    let load = |_| async { Ok::<_, io::Error>(thing(1)) };
    let refusals = [
        without_runtime(fx.things.get_or_load(7)),
        without_runtime(fx.things.get_or_load_with(7, load)),
        without_runtime(fx.things.get_or_load_inline(7, load)),
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("runtime"), "{error}");
    }
    assert_eq!(source.calls(), 0);
}

#[test]
fn everything_but_loads_works_outside_a_runtime() {
    let fx = Fixture::with(Store::Moka, Source::new().domain());
    without_runtime(fx.things.put(7, thing(1))).unwrap();
    let found = without_runtime(fx.things.get_or_load(7)).unwrap().unwrap();
    assert_eq!(found.number, 1);
    assert!(without_runtime(fx.things.put_if_absent(8, thing(2), Ttl::Default)).unwrap());
    without_runtime(fx.things.update(7, |_| Some(thing(3)))).unwrap();
    assert!(without_runtime(fx.things.expire(7)).unwrap());
    without_runtime(fx.things.invalidate(8)).unwrap();
    without_runtime(fx.things.clear()).unwrap();
    assert!(without_runtime(fx.things.get(7)).unwrap().is_none());
    without_runtime(fx.cache.settle());
    without_runtime(fx.cache.clear()).unwrap();
}

fn observed(source: &Source, recorder: &EventRecorder) -> (Cache, Domain<Thing>) {
    let builder = Cache::builder().observer(Arc::new(recorder.clone()));
    let cache = builder.domain(source.domain()).build().unwrap();
    let things = cache.domain().unwrap();
    (cache, things)
}

const MISS: EventKind = EventKind::Read(ReadOutcome::Absent);

#[tokio::test(start_paused = true)]
async fn observers_see_a_load_from_the_miss_to_its_end() {
    let recorder = EventRecorder::default();
    let (_cache, things) = observed(&Source::new(), &recorder);
    things.get_or_load(7).await.unwrap();
    things.get_or_load(7).await.unwrap();
    let expected = [
        MISS,
        EventKind::LoadStarted,
        EventKind::LoadEnded(true),
        EventKind::Read(ReadOutcome::Fresh),
    ];
    assert_eq!(recorder.kinds(), expected);
    let keys = recorder
        .events()
        .into_iter()
        .map(|event| event.key.unwrap());
    assert!(keys.into_iter().all(|key| key.as_key().id() == b"7"));
}

#[tokio::test(start_paused = true)]
async fn observers_see_who_joins_and_who_is_fenced() {
    let (recorder, pause) = (EventRecorder::default(), Pause::new());
    let (_cache, things) = observed(&Source::slow(&pause), &recorder);
    let callers = [ask(&things, 7), ask(&things, 7)];
    pause.reached_by(1).await;
    run_others().await;
    things.invalidate(7).await.unwrap();
    pause.release();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let expected = [
        MISS,
        EventKind::LoadStarted,
        MISS,
        EventKind::Joined,
        EventKind::Written(Operation::Remove),
        EventKind::LoadEnded(true),
        EventKind::Fenced,
    ];
    assert_eq!(recorder.kinds(), expected);
    assert_eq!(things.stats().fenced, 1);
}

#[tokio::test(start_paused = true)]
async fn observers_see_that_a_load_failed() {
    let recorder = EventRecorder::default();
    let (_cache, things) = observed(&Source::new(), &recorder);
    let fails = |_| async { Err::<Thing, _>(io::Error::other("down")) };
    assert!(things.get_or_load_with(7, fails).await.is_err());
    assert_eq!(recorder.count(EventKind::LoadEnded(false)), 1);
}

#[tokio::test(start_paused = true)]
async fn an_observer_gets_the_keys_it_samples_and_every_event_of_them() {
    let all = EventRecorder::default();
    let some = EventRecorder::default().with_sampling(Sampling::ByHash { shift: 2 });
    let builder = Cache::builder().observer(Arc::new(all.clone()));
    let builder = builder.observer(Arc::new(some.clone()));
    let cache = builder.domain(Source::new().domain()).build().unwrap();
    let things = cache.domain::<Thing>().unwrap();
    for id in 0..1_000_u64 {
        things.get_or_load(id).await.unwrap();
    }
    let (all, some) = (all.events(), some.events());
    assert_eq!(all.len(), 3_000);
    let wanted = |hash| Sampling::ByHash { shift: 2 }.wants(hash);
    let expected = all
        .into_iter()
        .filter(|event| wanted(event.key.as_ref().unwrap().hash()));
    assert_eq!(expected.collect::<Vec<_>>(), some);
    assert!((500..1_000).contains(&some.len()), "{}", some.len());
}
