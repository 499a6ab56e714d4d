//! A change while a load is under way: its callers are answered, nothing is published.

use cache_facade::Ttl;

use crate::change::{CHANGES, Change, NEW, OLD, PUT, are_answered, ask, loading};
use crate::fixture::{Fixture, Seen, TTL, thing};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_load_that_began_before_an_invalidation_is_not_published,
    a_load_that_began_before_a_put_is_not_published,
    a_load_that_began_before_an_update_is_not_published,
    a_load_that_began_before_an_expire_is_not_published,
    a_load_that_began_before_a_clear_is_not_published,
    who_asks_after_a_change_does_not_join_the_load_from_before,
    a_change_of_another_key_leaves_the_load_alone,
    a_change_that_stores_nothing_leaves_the_key_free,
    touch_does_not_fence,
    a_loader_may_change_its_own_key,
}

/// Changes the key while a load of it is under way, where nothing was before and where a stale value was.
async fn race(store: &Store, changes: &[Change]) {
    for change in changes {
        for stale in [false, true] {
            race_one(store, *change, stale).await;
        }
    }
}

async fn race_one(store: &Store, change: Change, stale: bool) {
    let pause = Pause::new();
    let source = Source::slow(OLD, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    if stale {
        fx.put_stale(0, TTL).await;
    }
    let callers = loading(&fx, &source, &pause).await;
    change.act(&fx.cache, &fx.things).await.unwrap();
    pause.release();
    are_answered(callers).await;
    fx.cache.settle().await;
    let stored = (change.outcome() == PUT).then_some(PUT);
    assert_eq!(fx.number(7).await, stored, "{change:?}: what is stored");
    assert_eq!(fx.load(7).await, change.outcome(), "{change:?}: the next");
    assert_eq!(fx.number(7).await, Some(change.outcome()), "{change:?}");
    assert_eq!(fx.things.stats().fenced, 1, "{change:?}");
    assert_eq!(fx.open_flights().await, 0);
}

async fn a_load_that_began_before_an_invalidation_is_not_published(store: &Store) {
    race(store, &[Change::Invalidate, Change::InvalidateMany]).await;
}

async fn a_load_that_began_before_a_put_is_not_published(store: &Store) {
    let puts = [
        Change::Put,
        Change::PutForItsOwnTtl,
        Change::PutMany,
        Change::PutIfAbsent,
    ];
    race(store, &puts).await;
}

async fn a_load_that_began_before_an_update_is_not_published(store: &Store) {
    race(store, &[Change::Update]).await;
}

async fn a_load_that_began_before_an_expire_is_not_published(store: &Store) {
    race(store, &[Change::Expire]).await;
}

async fn a_load_that_began_before_a_clear_is_not_published(store: &Store) {
    race(store, &[Change::Clear, Change::ClearCache]).await;
}

async fn who_asks_after_a_change_does_not_join_the_load_from_before(store: &Store) {
    for change in CHANGES.into_iter().filter(|one| one.outcome() == NEW) {
        let pause = Pause::new();
        let source = Source::slow(OLD, &pause);
        let fx = Fixture::with(store, source.domain()).await;
        let callers = loading(&fx, &source, &pause).await;
        change.act(&fx.cache, &fx.things).await.unwrap();
        let later = ask(&fx.things);
        pause.reached_by(2).await;
        pause.release();
        assert_eq!(later.await.unwrap(), NEW, "{change:?}");
        are_answered(callers).await;
        fx.cache.settle().await;
        assert_eq!(fx.look().await, Seen::Fresh(NEW), "{change:?}");
    }
}

async fn a_change_of_another_key_leaves_the_load_alone(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(OLD, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    let callers = loading(&fx, &source, &pause).await;
    fx.things.invalidate(70).await.unwrap();
    fx.things.put(6, thing(PUT)).await.unwrap();
    fx.others().invalidate(7).await.unwrap();
    fx.others().clear().await.unwrap();
    pause.release();
    are_answered(callers).await;
    assert_eq!(fx.look().await, Seen::Fresh(OLD));
    assert_eq!(fx.things.stats().fenced, 0);
}

/// The load's own mark in the store must not stay in the way of the next one.
async fn a_change_that_stores_nothing_leaves_the_key_free(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(OLD, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    let callers = loading(&fx, &source, &pause).await;
    assert!(fx.things.update(7, |_| None).await.unwrap().is_none());
    pause.release();
    are_answered(callers).await;
    fx.cache.settle().await;
    assert_eq!(fx.look().await, Seen::Gone);
    assert_eq!(fx.load(7).await, NEW);
    assert_eq!(fx.look().await, Seen::Fresh(NEW), "it is stored");
}

async fn touch_does_not_fence(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(OLD, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    fx.put_stale(0, TTL).await;
    let callers = loading(&fx, &source, &pause).await;
    assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
    pause.release();
    are_answered(callers).await;
    assert_eq!(fx.look().await, Seen::Fresh(OLD));
    assert_eq!(fx.things.stats().fenced, 0);
}

async fn a_loader_may_change_its_own_key(store: &Store) {
    let fx = Fixture::on(store).await;
    let things = fx.things.clone();
    let load = move |_| async move {
        things.put(7, thing(PUT)).await?;
        Ok::<_, cache_facade::Error>(thing(OLD))
    };
    let answer = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
    assert_eq!((answer.number, fx.number(7).await), (OLD, Some(PUT)));
}
