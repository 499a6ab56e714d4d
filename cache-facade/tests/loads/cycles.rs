//! Loads that wait for themselves: an error at once, never a deadlock (trap 34).

use std::error::Error as _;
use std::io;
use std::time::Duration;

use cache_facade::{Domain, Error, ErrorKind, domain};
use tokio::time::Instant;

use crate::common::{Fixture, Store, Thing, on_each_store, run_others, thing};

/// Whether an error is a cycle, or was caused by one.
fn is_cycle(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    let mut found = error.kind() == ErrorKind::Cycle;
    while let Some(error) = cause {
        let own = error.downcast_ref::<Error>();
        found |= own.is_some_and(|own| own.kind() == ErrorKind::Cycle);
        cause = error.source();
    }
    found
}

/// How a load asks for another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    InTask,
    Inline,
}

use Way::{InTask, Inline};

/// Loads the first key; its loader loads the next, and so on; the last loads the first again. Yields before each step make
/// tasks of their own of the loads.
fn around<'a>(
    keys: &'a [(Domain<Thing>, u64, Way)],
    at: usize,
    yields: bool,
) -> futures_core::future::BoxFuture<'a, Result<u64, Error>> {
    Box::pin(async move {
        let (things, id, way) = keys[at % keys.len()].clone();
        if at > keys.len() {
            return Ok(0);
        }
        let found = match way {
            Inline => {
                let load = |_| async move {
                    if yields {
                        tokio::task::yield_now().await;
                    }
                    around(keys, at + 1, yields).await.map(thing)
                };
                things.get_or_load_inline(id, load).await?
            }
            InTask => {
                let keys = keys.to_vec();
                let load = move |_| async move {
                    if yields {
                        tokio::task::yield_now().await;
                    }
                    around(&keys, at + 1, yields).await.map(thing)
                };
                things.get_or_load_with(id, load).await?
            }
        };
        Ok(found.map_or(0, |thing| thing.number))
    })
}

/// A circle through these keys is refused at once, whether the loads run in their callers' first steps or in tasks.
async fn refused(keys: &[(Domain<Thing>, u64, Way)]) {
    for yields in [false, true] {
        let start = Instant::now();
        let error = around(keys, 0, yields).await.unwrap_err();
        assert!(is_cycle(&error), "{error:?}");
        assert_eq!(start.elapsed(), Duration::ZERO, "yields: {yields}");
    }
}

on_each_store! {
    async fn a_load_of_its_own_key_is_a_cycle(store: Store) {
        let fx = Fixture::on(store);
        let own = fx.things.clone();
        let load = move |_| async move {
            let again = own.get_or_load_with(7, |_| async { Ok::<_, io::Error>(thing(1)) }).await;
            let kind = again.map(drop).unwrap_err().kind();
            Ok::<_, io::Error>(thing(u64::from(kind == ErrorKind::Cycle)))
        };
        let found = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
        assert_eq!(found.number, 1);
    }

    async fn a_circle_of_one_is_refused(store: Store) {
        let fx = Fixture::on(store);
        for way in [InTask, Inline] {
            refused(&[(fx.things.clone(), 1, way)]).await;
        }
    }

    async fn a_circle_of_loads_in_tasks_is_refused(store: Store) {
        let fx = Fixture::on(store);
        let keys = [1, 2].map(|id| (fx.things.clone(), id, InTask));
        refused(&keys).await;
        let keys = [1, 2, 3, 4, 5].map(|id| (fx.things.clone(), id, InTask));
        refused(&keys).await;
    }

    async fn a_circle_that_begins_inline_is_refused(store: Store) {
        let fx = Fixture::on(store);
        refused(&[(fx.things.clone(), 1, Inline), (fx.things.clone(), 2, InTask)]).await;
    }

    async fn a_circle_through_an_inline_load_is_refused(store: Store) {
        let fx = Fixture::on(store);
        refused(&[(fx.things.clone(), 1, InTask), (fx.things.clone(), 2, Inline)]).await;
    }

    async fn a_circle_of_inline_loads_is_refused(store: Store) {
        let fx = Fixture::on(store);
        refused(&[(fx.things.clone(), 1, Inline), (fx.things.clone(), 2, Inline)]).await;
    }

    async fn a_circle_through_two_caches_is_refused(store: Store) {
        let (one, two) = (Fixture::on(store), Fixture::on(store));
        refused(&[(one.things.clone(), 1, InTask), (two.things.clone(), 1, InTask)]).await;
    }

    async fn a_circle_of_two_callers_is_refused(store: Store) {
        // Each holds one key and asks for the other's.
        let fx = Fixture::on(store);
        let load = |own: u64, other: u64| {
            let things = fx.things.clone();
            tokio::spawn(async move {
                let inner = things.clone();
                let load = move |_| async move {
                    run_others().await;
                    let other = inner.get_or_load_with(other, |_| async { Ok::<_, io::Error>(thing(9)) });
                    Ok::<_, Error>(thing(other.await?.map_or(0, |thing| thing.number)))
                };
                things.get_or_load_with(own, load).await.map(drop)
            })
        };
        let start = Instant::now();
        let (one, two) = (load(1, 2), load(2, 1));
        let answers = [one.await.unwrap(), two.await.unwrap()];
        assert!(answers.iter().any(|answer| answer.as_ref().err().is_some_and(is_cycle)));
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(fx.open_flights().await, 0);
    }

    async fn loads_that_share_what_they_need_are_no_circle(store: Store) {
        let fx = Fixture::on(store);
        let load = |own: u64| {
            let things = fx.things.clone();
            tokio::spawn(async move {
                let inner = things.clone();
                let load = move |_| async move {
                    let shared = |_| async { run_others().await; Ok::<_, io::Error>(thing(9)) };
                    let shared = inner.get_or_load_with(9, shared).await?;
                    Ok::<_, Error>(thing(shared.map_or(0, |thing| thing.number)))
                };
                things.get_or_load_with(own, load).await.unwrap().unwrap().number
            })
        };
        let loads: Vec<_> = (0..8).map(load).collect();
        for load in loads {
            assert_eq!(load.await.unwrap(), 9);
        }
        assert_eq!(fx.things.stats().loads, 9);
    }

    async fn a_key_that_was_in_a_circle_loads_again(store: Store) {
        let fx = Fixture::with(store, domain());
        let keys = [1, 2].map(|id| (fx.things.clone(), id, InTask));
        refused(&keys).await;
        fx.cache.settle().await;
        let load = |_| async { Ok::<_, io::Error>(thing(3)) };
        assert_eq!(fx.things.get_or_load_with(1, load).await.unwrap().unwrap().number, 3);
    }
}
