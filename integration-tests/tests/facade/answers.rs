//! What a loader can answer, and what is stored of it.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_facade::{Domain, ErrorKind, Extensions, LoadContext, Loaded, Ttl};

use crate::fixture::{Fixture, MS, NEGATIVE_TTL, Seen, TTL, Thing, thing};
use crate::source::{Pause, Source, answering};
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_life_begins_where_its_load_began,
    a_value_loaded_for_a_time_has_that_ttl,
    a_value_loaded_for_no_time_is_answered_and_not_stored,
    a_value_not_to_be_stored_is_answered_only,
    a_value_not_to_be_stored_leaves_the_stale_one,
    absence_is_kept_for_the_negative_ttl,
    absence_is_neither_a_miss_nor_a_value,
    absence_takes_the_place_of_a_stale_value,
    a_put_takes_the_place_of_absence,
    not_modified_makes_the_value_fresh_again,
    not_modified_keeps_window_and_validators,
    not_modified_of_nothing_is_a_load_error,
}

const SECOND: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_secs(30);

async fn a_life_begins_where_its_load_began(store: &Store) {
    let pause = Pause::new();
    let fx = Fixture::with(store, Source::slow(5, &pause).domain()).await;
    let things = fx.things.clone();
    let caller = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap() });
    pause.reached_by(1).await;
    fx.clock.advance(5 * SECOND);
    pause.release();
    assert_eq!(caller.await.unwrap().age(), 5 * SECOND);
    fx.clock.advance(TTL - 5 * SECOND - MS);
    assert_eq!(fx.look().await, Seen::Fresh(5));
    fx.clock.advance(MS);
    assert_eq!(fx.number(7).await, None);
}

async fn a_value_loaded_for_a_time_has_that_ttl(store: &Store) {
    let (spec, _) = answering(|call, _| async move { Ok(Loaded::For(SECOND, thing(call))) });
    let fx = Fixture::with(store, spec).await;
    assert_eq!(fx.load(7).await, 1);
    fx.clock.advance(SECOND - MS);
    assert_eq!(fx.number(7).await, Some(1));
    fx.clock.advance(MS);
    assert_eq!(fx.number(7).await, None);
}

async fn a_value_loaded_for_no_time_is_answered_and_not_stored(store: &Store) {
    let (spec, _) =
        answering(|call, _| async move { Ok(Loaded::For(Duration::ZERO, thing(call))) });
    let fx = Fixture::with(store, spec).await;
    for call in [1, 2] {
        assert_eq!(fx.load(7).await, call);
        assert_eq!(fx.look().await, Seen::Gone);
    }
}

async fn a_value_not_to_be_stored_is_answered_only(store: &Store) {
    let (spec, calls) = answering(|call, _| async move { Ok(Loaded::DoNotStore(thing(call))) });
    let fx = Fixture::with(store, spec).await;
    let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
    assert_eq!(
        (answer.number, answer.is_stale(), answer.age()),
        (1, false, Duration::ZERO)
    );
    assert_eq!(fx.look().await, Seen::Gone);
    assert_eq!((fx.load(7).await, calls.load(Ordering::SeqCst)), (2, 2));
}

async fn a_value_not_to_be_stored_leaves_the_stale_one(store: &Store) {
    let (spec, _) = answering(|_, _| async move { Ok(Loaded::DoNotStore(thing(5))) });
    let fx = Fixture::with(store, spec).await;
    fx.put_stale(4, TTL).await;
    assert_eq!(fx.load(7).await, 5);
    assert_eq!(fx.look().await, Seen::Stale(4));
}

async fn absence_is_kept_for_the_negative_ttl(store: &Store) {
    let (spec, calls) = answering(|_, _| async move { Ok(Loaded::Absent) });
    let fx = Fixture::with(store, spec).await;
    assert!(fx.things.get_or_load(7).await.unwrap().is_none());
    fx.clock.advance(NEGATIVE_TTL - MS);
    assert!(fx.things.get_or_load(7).await.unwrap().is_none());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    fx.clock.advance(MS);
    assert!(fx.things.get_or_load(7).await.unwrap().is_none());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

async fn absence_is_neither_a_miss_nor_a_value(store: &Store) {
    let fx = Fixture::on(store).await;
    assert_eq!(fx.look().await, Seen::Gone);
    fx.know_absent(7).await;
    assert_eq!(fx.look().await, Seen::Negative);
    assert_eq!(fx.number(7).await, None);
    assert!(!fx.things.exists(7).await.unwrap());
    let stats = fx.things.stats();
    assert_eq!((stats.negative, stats.misses.absent), (2, 2));
}

async fn absence_takes_the_place_of_a_stale_value(store: &Store) {
    let (spec, _) = answering(|_, _| async move { Ok(Loaded::Absent) });
    let fx = Fixture::with(store, spec).await;
    fx.put_stale(4, TTL).await;
    assert!(fx.things.get_or_load(7).await.unwrap().is_none());
    assert_eq!(fx.look().await, Seen::Negative);
}

async fn a_put_takes_the_place_of_absence(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.know_absent(7).await;
    fx.things.put(7, thing(1)).await.unwrap();
    assert_eq!(fx.look().await, Seen::Fresh(1));
}

/// Loads what is not modified, and says what the loader was shown: the stale value's number, and its entity tag.
async fn not_modified(things: &Domain<Thing>) -> (Option<u64>, Option<String>) {
    let shown = Arc::new(Mutex::new((None, None)));
    let told = Arc::clone(&shown);
    let load = move |context: LoadContext<Thing>| async move {
        let stale = context.stale().map(|stale| stale.number);
        let tag = context.validators().and_then(Extensions::etag);
        *told.lock().unwrap() = (stale, tag.map(ToOwned::to_owned));
        Ok::<_, io::Error>(Loaded::NotModified)
    };
    let answer = things.get_or_load_with(7, load).await.unwrap().unwrap();
    assert!(!answer.is_stale());
    let shown = shown.lock().unwrap();
    shown.clone()
}

async fn not_modified_makes_the_value_fresh_again(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_stale(4, WINDOW).await;
    assert_eq!(not_modified(&fx.things).await, (Some(4), None));
    let found = fx.things.get(7).await.unwrap().unwrap();
    assert_eq!((&*found, found.age()), (&thing(4), Duration::ZERO));
    fx.clock.advance(TTL - MS);
    assert_eq!(fx.look().await, Seen::Fresh(4));
    fx.clock.advance(MS);
    assert_eq!(fx.number(7).await, None);
}

async fn not_modified_keeps_window_and_validators(store: &Store) {
    let fx = Fixture::on(store).await;
    let load = |_| async {
        Ok::<_, io::Error>(Loaded::Validated {
            value: thing(5),
            ttl: Ttl::Default,
            stale_for: WINDOW,
            validators: Extensions::new().with_etag("\"33a6\""),
        })
    };
    fx.things.get_or_load_with(7, load).await.unwrap();
    for _ in 0..2 {
        fx.clock.advance(TTL);
        let shown = not_modified(&fx.things).await;
        assert_eq!(shown, (Some(5), Some("\"33a6\"".to_owned())));
    }
    fx.clock.advance(TTL + WINDOW - MS);
    assert_eq!(fx.look().await, Seen::Stale(5));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn not_modified_of_nothing_is_a_load_error(store: &Store) {
    let (spec, _) = answering(|call, _| async move {
        match call {
            1 => Ok(Loaded::NotModified),
            _ => Ok(Loaded::Value(thing(call))),
        }
    });
    let fx = Fixture::with(store, spec).await;
    let error = fx.things.get_or_load(7).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Load);
    assert_eq!(fx.load(7).await, 2);
    assert_eq!(
        fx.look().await,
        Seen::Fresh(2),
        "nothing is left in the way"
    );
}
