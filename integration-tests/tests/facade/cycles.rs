//! Loads that wait for themselves: an error, never a deadlock (trap 34).

use std::error::Error as StdError;
use std::io;

use cache_facade::{Domain, Error, ErrorKind};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fixture::{Fixture, PATIENCE, Seen, Thing, thing};
use crate::source::Pause;
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_load_of_its_own_key_is_a_cycle,
    a_circle_of_two_callers_is_refused,
    loads_that_share_what_they_need_are_no_circle,
    a_key_that_was_in_a_circle_loads_again,
}

/// Whether an error is a cycle, or was caused by one.
fn is_cycle(error: &Error) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        let own = cause.downcast_ref::<Error>();
        if own.is_some_and(|own| own.kind() == ErrorKind::Cycle) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Loads `own`; once its loader has been let go on, it asks for the value of `other`.
fn needs(
    things: &Domain<Thing>,
    own: u64,
    other: u64,
    pause: &Pause,
) -> JoinHandle<Result<u64, Error>> {
    let (things, inner, pause) = (things.clone(), things.clone(), pause.clone());
    tokio::spawn(async move {
        let load = move |_| async move {
            pause.pass().await;
            let load = |_| async { Ok::<_, io::Error>(thing(9)) };
            let other = inner.get_or_load_with(other, load).await?;
            Ok::<_, Error>(thing(other.map_or(0, |thing| thing.number)))
        };
        let found = things.get_or_load_with(own, load).await?;
        Ok(found.map_or(0, |thing| thing.number))
    })
}

/// Lets each of two callers hold a key and ask for the other's; says how many were told of the cycle.
async fn circle(fx: &Fixture) -> usize {
    let pause = Pause::new();
    let callers = [(1, 2), (2, 1)].map(|(own, other)| needs(&fx.things, own, other, &pause));
    pause.reached_by(2).await;
    pause.release();
    let mut cycles = 0;
    for caller in callers {
        let answer = timeout(PATIENCE, caller).await.unwrap().unwrap();
        cycles += usize::from(answer.is_err_and(|error| is_cycle(&error)));
    }
    fx.cache.settle().await;
    cycles
}

async fn a_load_of_its_own_key_is_a_cycle(store: &Store) {
    let fx = Fixture::on(store).await;
    let pause = Pause::new();
    pause.release();
    let caller = needs(&fx.things, 7, 7, &pause);
    let answer = timeout(PATIENCE, caller).await.unwrap().unwrap();
    assert!(is_cycle(&answer.unwrap_err()));
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn a_circle_of_two_callers_is_refused(store: &Store) {
    let fx = Fixture::on(store).await;
    assert!(circle(&fx).await > 0);
    assert_eq!(fx.open_flights().await, 0);
}

async fn loads_that_share_what_they_need_are_no_circle(store: &Store) {
    let fx = Fixture::on(store).await;
    let pause = Pause::new();
    let callers: Vec<_> = (0..8)
        .map(|own| needs(&fx.things, own, 9, &pause))
        .collect();
    pause.reached_by(8).await;
    pause.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap(), 9);
    }
    assert_eq!(fx.things.stats().loads, 9);
}

async fn a_key_that_was_in_a_circle_loads_again(store: &Store) {
    let fx = Fixture::on(store).await;
    circle(&fx).await;
    for id in [1, 2] {
        fx.things.invalidate(id).await.unwrap();
        let load = |_| async { Ok::<_, io::Error>(thing(3)) };
        let found = fx.things.get_or_load_with(id, load).await.unwrap();
        assert_eq!(found.unwrap().number, 3);
        assert_eq!(fx.number(id).await, Some(3), "it is stored");
    }
}
