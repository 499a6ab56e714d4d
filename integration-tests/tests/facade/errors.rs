//! Loads that fail: everybody gets the same error, nothing is stored, and the next call asks again.

use std::io;
use std::sync::atomic::Ordering;

use cache_facade::{Error, ErrorKind, Loaded};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, Seen, TTL, thing, waiting};
use crate::source::{Pause, answering, down};
use crate::stores::{Store, on_each_store};

on_each_store! {
    an_error_is_shared_by_all_callers,
    an_error_is_not_cached,
    an_error_leaves_the_stale_value,
    a_panic_is_an_error_to_all_and_the_key_is_not_poisoned,
}

const CALLERS: u64 = 100;

/// What callers of one load get that stands at the pause until all have come.
async fn errors(fx: &Fixture, pause: &Pause) -> Vec<Error> {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let things = fx.things.clone();
        callers.spawn(async move { things.get_or_load(7).await.map(drop).unwrap_err() });
    }
    pause.reached_by(1).await;
    waiting(&fx.things, CALLERS - 1).await;
    pause.release();
    callers.join_all().await
}

async fn an_error_is_shared_by_all_callers(store: &Store) {
    let pause = Pause::new();
    let standing = pause.clone();
    let (spec, calls) = answering(move |_, _| {
        let standing = standing.clone();
        async move {
            standing.pass().await;
            Err(down())
        }
    });
    let fx = Fixture::with(store, spec).await;
    let errors = errors(&fx, &pause).await;
    let cause = |error: &Error| std::ptr::from_ref(error.downcast_ref::<io::Error>().unwrap());
    let first = cause(&errors[0]);
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Load));
    assert!(errors.iter().all(|error| cause(error) == first));
    assert_eq!(calls.load(Ordering::SeqCst), 1, "nobody retries by itself");
}

async fn an_error_is_not_cached(store: &Store) {
    let (spec, calls) = answering(|call, _| async move {
        match call {
            1 => Err(down()),
            _ => Ok(Loaded::Value(thing(call))),
        }
    });
    let fx = Fixture::with(store, spec).await;
    assert!(fx.things.get_or_load(7).await.is_err());
    assert_eq!(fx.look().await, Seen::Gone);
    assert_eq!(fx.load(7).await, 2);
    assert_eq!(fx.look().await, Seen::Fresh(2));
    let stats = fx.things.stats();
    assert_eq!((stats.loads, stats.load_errors), (2, 1));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

async fn an_error_leaves_the_stale_value(store: &Store) {
    let (spec, _) = answering(|_, _| async { Err(down()) });
    let fx = Fixture::with(store, spec).await;
    fx.put_stale(4, TTL).await;
    let error = fx.things.get_or_load(7).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Load);
    assert_eq!(fx.look().await, Seen::Stale(4));
}

async fn a_panic_is_an_error_to_all_and_the_key_is_not_poisoned(store: &Store) {
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
    let fx = Fixture::with(store, spec).await;
    let errors = errors(&fx, &pause).await;
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Load));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(fx.load(7).await, 2);
    assert_eq!(fx.look().await, Seen::Fresh(2));
    assert_eq!(fx.open_flights().await, 0);
}
