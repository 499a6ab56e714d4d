//! Two caches over one store, as two processes would have: what each sees of the other's doing.

use std::io;
use std::time::Duration;

use cache_facade::{Operation, Ttl, domain};
use cache_testkit::{Fault, Faults, Gate};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::change::{CHANGES, NEW, OLD, PUT, are_answered, loading};
use crate::contention::{add_one, marks_won};
use crate::fixture::{Fixture, PATIENCE, Seen, TTL, thing, until};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    each_sees_the_others_values needs Shared,
    each_sees_the_others_removals_and_clears needs Shared,
    a_change_in_the_other_keeps_a_load_out needs Shared,
    a_change_in_the_other_keeps_a_reload_of_a_stale_value_out needs Shared,
    two_that_miss_the_same_key_load_it_once needs Shared,
    a_load_that_yields_nothing_to_store_leaves_the_key_to_the_other needs Shared,
    an_inline_load_that_was_left_leaves_the_key_to_the_other needs Shared,
    an_inline_load_that_was_left_before_it_began_leaves_the_key_too needs Shared,
    a_cache_that_closes_during_a_load_leaves_the_key_to_the_other needs Shared,
    no_update_is_lost_between_two_caches needs Shared,
    put_if_absent_of_two_caches_is_true_once_per_id needs Shared,
    counters_are_one needs Shared,
}

async fn two(store: &Store) -> [Fixture; 2] {
    let here = Fixture::on(store).await;
    let there = here.beside(domain()).await;
    [here, there]
}

async fn each_sees_the_others_values(store: &Store) {
    let [here, there] = two(store).await;
    here.things.put(7, thing(1)).await.unwrap();
    assert_eq!(there.look().await, Seen::Fresh(1));
    there.things.put(7, thing(2)).await.unwrap();
    assert_eq!(here.look().await, Seen::Fresh(2));
    there.things.expire(7).await.unwrap();
    assert_eq!(here.look().await, Seen::Gone);
    there.know_absent(7).await;
    assert_eq!(here.look().await, Seen::Negative);
    here.put_stale(3, TTL).await;
    assert_eq!(there.look().await, Seen::Stale(3));
    assert!(there.things.touch(7, Ttl::Default).await.unwrap());
    assert_eq!(here.look().await, Seen::Fresh(3));
    assert_eq!(here.cache.count().await.unwrap(), 1);
}

async fn each_sees_the_others_removals_and_clears(store: &Store) {
    let [here, there] = two(store).await;
    for id in 0..100 {
        here.things.put(id, thing(id)).await.unwrap();
    }
    there.things.invalidate(7).await.unwrap();
    assert_eq!(here.look().await, Seen::Gone);
    assert_eq!(here.number(8).await, Some(8));
    there.things.clear().await.unwrap();
    let left = here.things.get_many(0..100_u64).await;
    assert!(left.into_iter().all(|one| one.unwrap().is_none()));
}

/// The other cache changes the key, where no flight is seen: the condition of the publish refuses.
async fn changed_elsewhere(store: &Store, stale: bool) {
    for change in CHANGES {
        let pause = Pause::new();
        let source = Source::slow(OLD, &pause);
        let here = Fixture::with(store, source.domain()).await;
        let there = here.beside(domain()).await;
        if stale {
            here.put_stale(0, TTL).await;
        }
        let callers = loading(&here, &source, &pause).await;
        change.act(&there.cache, &there.things).await.unwrap();
        pause.release();
        are_answered(callers).await;
        here.cache.settle().await;
        let stored = (change.outcome() == PUT).then_some(PUT);
        assert_eq!(here.number(7).await, stored, "{change:?}");
        assert_eq!(here.things.stats().fenced, 1, "{change:?}");
        assert_eq!(here.load(7).await, change.outcome(), "{change:?}");
        let outcome = Some(change.outcome());
        assert_eq!(there.number(7).await, outcome, "{change:?}: it is stored");
    }
}

async fn a_change_in_the_other_keeps_a_load_out(store: &Store) {
    changed_elsewhere(store, false).await;
}

async fn a_change_in_the_other_keeps_a_reload_of_a_stale_value_out(store: &Store) {
    changed_elsewhere(store, true).await;
}

async fn two_that_miss_the_same_key_load_it_once(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let here = Fixture::with(store, source.domain()).await;
    let there = here.beside(source.domain()).await;
    let ask = |fx: &Fixture| {
        let things = fx.things.clone();
        tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number })
    };
    let first = ask(&here);
    pause.reached_by(1).await;
    let second = ask(&there);
    until("the second has missed", || {
        there.things.stats().lookups() == 1
    })
    .await;
    pause.release();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (5, 5));
    assert_eq!(source.calls(), 1);
}

/// Loads the key in the second cache; it is stored there and then, with no mark of the first in its way.
async fn loads_and_stores(there: &Fixture) {
    let load = |_| async { Ok::<_, io::Error>(thing(NEW)) };
    let found = there.things.get_or_load_with(7, load).await.unwrap();
    assert_eq!(found.unwrap().number, NEW);
    assert_eq!(there.look().await, Seen::Fresh(NEW), "it is stored");
}

async fn a_load_that_yields_nothing_to_store_leaves_the_key_to_the_other(store: &Store) {
    let [here, there] = two(store).await;
    let fails = |_| async { Err::<crate::fixture::Thing, _>(crate::source::down()) };
    assert!(here.things.get_or_load_with(7, fails).await.is_err());
    loads_and_stores(&there).await;
}

async fn an_inline_load_that_was_left_leaves_the_key_to_the_other(store: &Store) {
    let [here, there] = two(store).await;
    let pause = Pause::new();
    let (things, standing) = (here.things.clone(), pause.clone());
    let caller = tokio::spawn(async move {
        let load = |_| async {
            standing.pass().await;
            Ok::<_, io::Error>(thing(OLD))
        };
        things.get_or_load_inline(7, load).await.map(drop)
    });
    pause.reached_by(1).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    loads_and_stores(&there).await;
}

/// Its caller leaves when the mark stands already, and the store has not yet said so.
async fn an_inline_load_that_was_left_before_it_began_leaves_the_key_too(store: &Store) {
    let (faults, gate) = (Faults::default(), Gate::new());
    let here = Fixture::faulty(store, domain(), &faults).await;
    let there = here.beside(domain()).await;
    faults.next(Operation::Put, Fault::HangAnswer(gate.clone()));
    let things = here.things.clone();
    let caller = tokio::spawn(async move {
        let load = |_| async { Ok::<_, io::Error>(thing(OLD)) };
        things.get_or_load_inline(7, load).await.map(drop)
    });
    timeout(PATIENCE, gate.reached_by(1)).await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    loads_and_stores(&there).await;
}

async fn a_cache_that_closes_during_a_load_leaves_the_key_to_the_other(store: &Store) {
    for grace in [Duration::from_millis(20), PATIENCE] {
        let pause = Pause::new();
        let source = Source::slow(OLD, &pause);
        let here = Fixture::configured(store, source.domain(), |config| {
            config.close_grace = grace;
        });
        let here = here.await;
        let there = here.beside(domain()).await;
        let things = here.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(7).await.map(drop) });
        pause.reached_by(1).await;
        let cache = here.cache.clone();
        let closing = tokio::spawn(async move { cache.close().await });
        assert!(caller.await.unwrap().is_err());
        if grace == PATIENCE {
            pause.release();
        }
        closing.await.unwrap().unwrap();
        loads_and_stores(&there).await;
    }
}

async fn no_update_is_lost_between_two_caches(store: &Store) {
    let caches = two(store).await;
    let mut tasks = JoinSet::new();
    for fx in &caches {
        for _ in 0..4 {
            let things = fx.things.clone();
            tasks.spawn(async move {
                for _ in 0..25 {
                    add_one(&things).await;
                }
            });
        }
    }
    tasks.join_all().await;
    assert_eq!(caches[0].number(7).await, Some(200));
}

async fn put_if_absent_of_two_caches_is_true_once_per_id(store: &Store) {
    let caches = two(store).await;
    let of_task = |task: u64| caches[usize::from(task.is_multiple_of(2))].things.clone();
    assert_eq!(marks_won(of_task).await, 100);
}

async fn counters_are_one(store: &Store) {
    let [here, there] = two(store).await;
    let hour = Duration::from_secs(3_600);
    here.things.counter().add(7, 5, hour).await.unwrap();
    assert_eq!(there.things.counter().add(7, 1, hour).await.unwrap(), 6);
}
