//! Closing while loads are under way, and what a closed cache answers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use cache_facade::{ErrorKind, Operation, Result, Ttl, domain};
use cache_testkit::Faults;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::fixture::{Fixture, PATIENCE, TTL, thing, until, waiting};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    callers_of_a_load_get_closed_before_the_load_ends,
    a_loader_may_end_within_the_grace_and_nothing_is_published,
    a_loader_that_goes_on_is_dropped_after_the_grace,
    no_load_and_no_change_begins_after_close_began,
    every_operation_of_a_closed_cache_answers_closed,
    closing_twice_is_no_error,
    settle_waits_for_loads_whose_callers_have_left,
}

type Asking = JoinHandle<Result<u64>>;

impl Fixture {
    fn ask(&self) -> Asking {
        let things = self.things.clone();
        tokio::spawn(async move { Ok(things.get_or_load(7).await?.unwrap().number) })
    }

    fn close(&self) -> JoinHandle<Result<()>> {
        let cache = self.cache.clone();
        tokio::spawn(async move { cache.close().await })
    }

    /// Begins to close, and returns when that is seen: changes are refused.
    async fn begin_close(&self) -> JoinHandle<Result<()>> {
        let closing = self.close();
        let end = Instant::now() + PATIENCE;
        while self.things.invalidate(70).await.is_ok() {
            assert!(Instant::now() < end, "never: it is closing");
        }
        closing
    }
}

async fn is_closed(asking: Asking) {
    let answer = timeout(PATIENCE, asking).await.unwrap().unwrap();
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Closed);
}

async fn callers_of_a_load_get_closed_before_the_load_ends(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let fx = Fixture::configured(store, source.domain(), |config| {
        config.close_grace = PATIENCE;
    });
    let fx = fx.await;
    let first = fx.ask();
    pause.reached_by(1).await;
    let second = fx.ask();
    waiting(&fx.things, 1).await;
    let closing = fx.close();
    for caller in [first, second] {
        is_closed(caller).await;
    }
    assert!(!closing.is_finished(), "it waits for the loader");
    pause.release();
    closing.await.unwrap().unwrap();
}

async fn a_loader_may_end_within_the_grace_and_nothing_is_published(store: &Store) {
    let (pause, faults) = (Pause::new(), Faults::default());
    let fx = Fixture::faulty(store, Source::slow(5, &pause).domain(), &faults).await;
    let caller = fx.ask();
    pause.reached_by(1).await;
    let puts = faults.calls(Operation::Put);
    let closing = fx.begin_close().await;
    pause.release();
    closing.await.unwrap().unwrap();
    is_closed(caller).await;
    fx.cache.settle().await;
    assert_eq!(faults.calls(Operation::Put), puts, "nothing is published");
}

async fn a_loader_that_goes_on_is_dropped_after_the_grace(store: &Store) {
    let grace = Duration::from_millis(50);
    let fx = Fixture::configured(store, domain(), |config| config.close_grace = grace).await;
    let (alive, pause) = (Arc::new(()), Pause::new());
    let (things, guard, standing) = (fx.things.clone(), Arc::clone(&alive), pause.clone());
    let caller = tokio::spawn(async move {
        let hangs = move |_| async move {
            let _guard = guard;
            standing.pass().await;
            Ok::<_, io::Error>(thing(5))
        };
        things.get_or_load_with(7, hangs).await.map(|_| 0)
    });
    pause.reached_by(1).await;
    timeout(PATIENCE, fx.cache.close()).await.unwrap().unwrap();
    is_closed(caller).await;
    until("the loader is dropped", || Arc::strong_count(&alive) == 1).await;
}

async fn no_load_and_no_change_begins_after_close_began(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let fx = Fixture::configured(store, source.domain(), |config| {
        config.close_grace = PATIENCE;
    });
    let fx = fx.await;
    let caller = fx.ask();
    pause.reached_by(1).await;
    let closing = fx.begin_close().await;
    is_closed(fx.ask()).await;
    assert_eq!(source.calls(), 1);
    all_closed(changes(&fx).await);
    pause.release();
    closing.await.unwrap().unwrap();
    is_closed(caller).await;
}

/// What each change answers.
async fn changes(fx: &Fixture) -> Vec<Result<()>> {
    let things = &fx.things;
    let removed = things.invalidate_many([7]).await.pop().unwrap();
    vec![
        things.put(7, thing(1)).await,
        things.put_many([(7, thing(1))]).await.pop().unwrap(),
        things
            .put_if_absent(7, thing(1), Ttl::Default)
            .await
            .map(drop),
        things.update(7, |_| Some(thing(1))).await.map(drop),
        things.touch(7, Ttl::Default).await.map(drop),
        things.expire(7).await.map(drop),
        things.invalidate(7).await.map(drop),
        removed.map(drop),
        things.clear().await,
        things.counter().add(7, 1, TTL).await.map(drop),
        fx.cache.clear().await,
    ]
}

/// What each read and each load answers.
async fn reads(fx: &Fixture) -> Vec<Result<()>> {
    let things = &fx.things;
    let load = |_| async { Ok::<_, io::Error>(thing(1)) };
    vec![
        things.get(7).await.map(drop),
        things.lookup(7).await.map(drop),
        things.exists(7).await.map(drop),
        things.get_many([7]).await.pop().unwrap().map(drop),
        things.get_or_load(7).await.map(drop),
        things.get_or_load_with(7, load).await.map(drop),
        things.get_or_load_inline(7, load).await.map(drop),
        fx.cache.count().await.map(drop),
        fx.cache.stats().await.map(drop),
    ]
}

fn all_closed(answers: Vec<Result<()>>) {
    for (index, answer) in answers.into_iter().enumerate() {
        let kind = answer.map_err(|error| error.kind());
        assert_eq!(kind, Err(ErrorKind::Closed), "the operation {index}");
    }
}

async fn every_operation_of_a_closed_cache_answers_closed(store: &Store) {
    let source = Source::of(5);
    let fx = Fixture::with(store, source.domain()).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.cache.close().await.unwrap();
    all_closed(changes(&fx).await);
    all_closed(reads(&fx).await);
    assert!(fx.things.get_now(7).is_none());
    assert_eq!(source.calls(), 0);
}

async fn closing_twice_is_no_error(store: &Store) {
    let pause = Pause::new();
    let fx = Fixture::with(store, Source::slow(5, &pause).domain()).await;
    let caller = fx.ask();
    pause.reached_by(1).await;
    let closing = [fx.begin_close().await, fx.close()];
    pause.release();
    for closing in closing {
        closing.await.unwrap().unwrap();
    }
    is_closed(caller).await;
    fx.cache.close().await.unwrap();
}

async fn settle_waits_for_loads_whose_callers_have_left(store: &Store) {
    let pause = Pause::new();
    let fx = Fixture::with(store, Source::slow(5, &pause).domain()).await;
    for id in 0..10_u64 {
        let things = fx.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(id).await.map(drop) });
        pause.reached_by(usize::try_from(id).unwrap() + 1).await;
        caller.abort();
    }
    pause.release();
    fx.cache.settle().await;
    let found = fx.things.get_many(0..10_u64).await;
    assert!(found.into_iter().all(|one| one.unwrap().is_some()));
}
