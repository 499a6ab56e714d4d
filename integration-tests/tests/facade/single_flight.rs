//! However many ask, one load runs.

use tokio::task::JoinSet;

use crate::fixture::{Fixture, TTL, waiting};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    concurrent_misses_load_once,
    concurrent_reads_of_a_stale_value_load_once,
    different_ids_load_side_by_side,
    who_comes_after_the_load_finds_the_value,
}

const SIZES: [u64; 3] = [10, 100, 1_000];

/// Has so many callers ask for the load that stands at the pause, and lets it go on; all of them are answered 5.
async fn all_get_the_one_answer(fx: &Fixture, callers: u64, pause: &Pause) {
    let mut asking = JoinSet::new();
    for _ in 0..callers {
        let things = fx.things.clone();
        asking.spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number });
    }
    pause.reached_by(1).await;
    waiting(&fx.things, callers - 1).await;
    pause.release();
    let answers = asking.join_all().await;
    assert!(answers.into_iter().all(|number| number == 5));
}

async fn concurrent_misses_load_once(store: &Store) {
    for size in SIZES {
        let pause = Pause::new();
        let source = Source::slow(5, &pause);
        let fx = Fixture::with(store, source.domain()).await;
        all_get_the_one_answer(&fx, size, &pause).await;
        assert_eq!((source.calls(), fx.things.stats().loads), (1, 1), "{size}");
        assert_eq!(fx.number(7).await, Some(5));
    }
}

async fn concurrent_reads_of_a_stale_value_load_once(store: &Store) {
    for size in SIZES {
        let pause = Pause::new();
        let source = Source::slow(5, &pause);
        let fx = Fixture::with(store, source.domain()).await;
        fx.put_stale(4, TTL).await;
        all_get_the_one_answer(&fx, size, &pause).await;
        assert_eq!((source.calls(), fx.things.stats().stale), (1, size));
        assert_eq!(fx.number(7).await, Some(5));
    }
}

async fn different_ids_load_side_by_side(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    let mut asking = JoinSet::new();
    for id in 0..100_u64 {
        let things = fx.things.clone();
        asking.spawn(async move { things.get_or_load(id).await.map(drop) });
    }
    pause.reached_by(100).await;
    assert_eq!(fx.open_flights().await, 100);
    pause.release();
    assert!(asking.join_all().await.into_iter().all(|one| one.is_ok()));
    fx.cache.settle().await;
    assert_eq!((source.calls(), fx.open_flights().await), (100, 0));
    let found = fx.things.get_many(0..100_u64).await;
    assert!(found.into_iter().all(|one| one.unwrap().is_some()));
}

async fn who_comes_after_the_load_finds_the_value(store: &Store) {
    let source = Source::of(5);
    let fx = Fixture::with(store, source.domain()).await;
    for _ in 0..10 {
        assert_eq!(fx.load(7).await, 5);
    }
    let stats = fx.things.stats();
    assert_eq!(
        (source.calls(), stats.misses.absent, stats.fresh),
        (1, 1, 9)
    );
}
