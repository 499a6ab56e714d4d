//! A change while a load is under way: its callers are answered, nothing is published.

use std::time::Duration;

use cache_facade::Ttl;
use cache_testkit::ManualClock;
use tokio::time::Instant;

use crate::change::{CHANGES, Change, NEW, OLD, PUT, ask, loading};
use crate::common::{Fixture, Pause, Source, Store, TTL, Thing, cache_over, on_each_store, thing};

/// Changes the key while a load of it is under way, and looks at everything the promise says.
async fn race(store: Store, change: Change, stale: bool) {
    let pause = Pause::new();
    let source = Source::slow(&pause);
    let fx = Fixture::with(store, source.domain());
    if stale {
        fx.put_stale(0, TTL).await;
    }
    let callers = loading(&fx.things, &source, &pause).await;
    change.act(&fx.cache, &fx.things).await.unwrap();
    pause.release();
    for caller in callers {
        assert_eq!(
            caller.await.unwrap(),
            OLD,
            "{change:?}: callers are answered"
        );
    }
    fx.cache.settle().await;
    let stored = fx.number(7).await;
    assert_eq!(
        stored,
        (change.outcome() == PUT).then_some(PUT),
        "{change:?}: what is stored"
    );
    let next = fx.things.get_or_load(7).await.unwrap().unwrap();
    assert_eq!(next.number, change.outcome(), "{change:?}: the next read");
    assert_eq!(fx.things.stats().fenced, 1, "{change:?}");
    assert_eq!(fx.open_flights().await, 0);
}

on_each_store! {
    async fn a_load_that_began_before_a_change_is_not_published(store: Store) {
        for change in CHANGES {
            race(store, change, false).await;
        }
    }

    async fn a_reload_of_a_stale_value_is_not_published_either(store: Store) {
        for change in CHANGES {
            race(store, change, true).await;
        }
    }

    async fn who_asks_after_a_change_does_not_join_the_load_from_before(store: Store) {
        for change in CHANGES.into_iter().filter(|change| change.outcome() == NEW) {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, source.domain());
            let [first, second] = loading(&fx.things, &source, &pause).await;
            change.act(&fx.cache, &fx.things).await.unwrap();
            let later = ask(&fx.things);
            pause.reached_by(2).await;
            pause.release();
            assert_eq!(later.await.unwrap(), NEW, "{change:?}");
            assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
            assert_eq!(fx.number(7).await, Some(NEW), "{change:?}: the later load is stored");
        }
    }

    async fn a_change_of_another_key_leaves_the_load_alone(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        let [first, second] = loading(&fx.things, &source, &pause).await;
        fx.things.invalidate(70).await.unwrap();
        fx.things.put(6, thing(PUT)).await.unwrap();
        fx.cache.raw::<Thing>().unwrap().clear().await.unwrap();
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!((fx.number(7).await, fx.things.stats().fenced), (Some(OLD), 0));
    }

    async fn touch_does_not_fence(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        fx.put_stale(0, TTL).await;
        let [first, second] = loading(&fx.things, &source, &pause).await;
        assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!((fx.number(7).await, fx.things.stats().fenced), (Some(OLD), 0));
    }

    async fn a_loader_may_change_its_own_key(store: Store) {
        let fx = Fixture::on(store);
        let things = fx.things.clone();
        let load = move |_| async move {
            things.put(7, thing(PUT)).await?;
            Ok::<_, cache_facade::Error>(thing(OLD))
        };
        let start = Instant::now();
        let answer = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
        assert_eq!((answer.number, fx.number(7).await), (OLD, Some(PUT)));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    async fn what_another_process_put_meanwhile_is_not_overwritten(store: Store) {
        // Below the facade, where no flight is seen: the condition of the publish refuses.
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let clock = ManualClock::default();
        let backend = store.backend(clock.judge());
        let of = |spec| cache_over(backend.clone(), clock.clone(), store.config(), spec);
        let (_here, here) = of(source.domain());
        let (_there, there) = of(cache_facade::domain());
        let [first, second] = loading(&here, &source, &pause).await;
        there.put(7, thing(PUT)).await.unwrap();
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!(here.get(7).await.unwrap().unwrap().number, PUT);
        assert_eq!(here.stats().fenced, 1);
    }
}
