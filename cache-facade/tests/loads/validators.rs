//! Conditional loads: what the last answer brought with it, and "not modified".

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_facade::{
    Clock, Domain, ErrorKind, Extensions, LoadContext, Loaded, Lookup, MissReason, PutOptions, Ttl,
};

use crate::common::source::answering;
use crate::common::{Fixture, MS, Store, TTL, Thing, on_each_store, thing};

const WINDOW: Duration = Duration::from_secs(30);

fn validated(number: u64, ttl: Ttl) -> Loaded<Thing> {
    Loaded::Validated {
        value: thing(number),
        ttl,
        stale_for: TTL,
        validators: Extensions::new()
            .with_etag("\"33a6\"")
            .with_last_modified("Sat"),
    }
}

/// Loads what is not modified, and says what the loader was shown.
async fn not_modified(things: &Domain<Thing>) -> (Option<u64>, Option<String>) {
    let shown = Arc::new(Mutex::new((None, None)));
    let told = Arc::clone(&shown);
    let load = move |context: LoadContext<Thing>| async move {
        let stale = context.stale().map(|stale| stale.number);
        let etag = context.validators().and_then(Extensions::etag);
        *told.lock().unwrap() = (stale, etag.map(ToOwned::to_owned));
        Ok::<_, io::Error>(Loaded::NotModified)
    };
    let _ = things.get_or_load_with(7, load).await;
    let shown = shown.lock().unwrap();
    shown.clone()
}

/// Makes the value stale, whatever its window: marked old at a moment that a slower clock has yet to reach.
async fn make_stale(fx: &Fixture) {
    let start = fx.clock.now();
    fx.clock.advance(TTL / 2);
    fx.things.expire(7).await.unwrap();
    fx.clock.set(start);
}

on_each_store! {
    async fn the_first_load_is_shown_nothing(store: Store) {
        let fx = Fixture::on(store);
        assert_eq!(not_modified(&fx.things).await, (None, None));
    }

    async fn a_load_is_shown_the_stale_value(store: Store) {
        let fx = Fixture::on(store);
        fx.put_stale(4, WINDOW).await;
        assert_eq!(not_modified(&fx.things).await, (Some(4), None));
    }

    async fn a_load_is_shown_how_long_it_may_take(store: Store) {
        let (spec, _) = answering(|_, context: LoadContext<Thing>| async move {
            Ok(Loaded::Value(thing(context.time_limit().as_secs())))
        });
        let fx = Fixture::with(store, spec);
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 30);
    }

    async fn validators_are_shown_to_the_next_load(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::Default)) };
        fx.things.get_or_load_with(7, load).await.unwrap();
        make_stale(&fx).await;
        let shown = not_modified(&fx.things).await;
        assert_eq!(shown, (Some(5), Some("\"33a6\"".to_owned())));
    }

    async fn a_validated_value_has_its_own_ttl(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::After(Duration::from_secs(1)))) };
        fx.things.get_or_load_with(7, load).await.unwrap();
        fx.clock.advance(Duration::from_secs(1) - MS);
        assert_eq!(fx.number(7).await, Some(5));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None);
    }

    async fn a_validated_value_of_no_ttl_is_not_stored(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::After(Duration::ZERO))) };
        let answer = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
        assert_eq!((answer.number, fx.number(7).await), (5, None));
    }

    async fn not_modified_makes_the_value_fresh_again(store: Store) {
        let fx = Fixture::on(store);
        fx.put_stale(4, WINDOW).await;
        not_modified(&fx.things).await;
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!((found.number, found.age()), (4, Duration::ZERO));
        fx.clock.advance(TTL - MS);
        assert_eq!(fx.number(7).await, Some(4));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None);
    }

    async fn not_modified_keeps_the_window(store: Store) {
        let fx = Fixture::on(store);
        fx.put_stale(4, WINDOW).await;
        not_modified(&fx.things).await;
        fx.clock.advance(TTL + WINDOW - MS);
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Stale(_)));
        fx.clock.advance(MS);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }

    async fn not_modified_keeps_the_validators(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::Default)) };
        fx.things.get_or_load_with(7, load).await.unwrap();
        make_stale(&fx).await;
        not_modified(&fx.things).await;
        assert_eq!(fx.number(7).await, Some(5), "fresh again");
        make_stale(&fx).await;
        let shown = not_modified(&fx.things).await;
        assert_eq!(shown, (Some(5), Some("\"33a6\"".to_owned())));
    }

    async fn a_put_forgets_the_validators(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::Default)) };
        fx.things.get_or_load_with(7, load).await.unwrap();
        fx.things.put_with(7, thing(6), PutOptions::new().stale_for(WINDOW)).await.unwrap();
        fx.things.expire(7).await.unwrap();
        assert_eq!(not_modified(&fx.things).await, (Some(6), None));
    }

    async fn not_modified_of_nothing_is_a_load_error(store: Store) {
        let (spec, _) = answering(|_, _| async { Ok(Loaded::NotModified) });
        let fx = Fixture::with(store, spec);
        let error = fx.things.get_or_load(7).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Load);
        assert!(error.to_string().contains("NotModified"));
        assert_eq!(fx.things.stats().load_errors, 1);
    }

    async fn validators_outlive_the_fresh_period(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, io::Error>(validated(5, Ttl::Default)) };
        fx.things.get_or_load_with(7, load).await.unwrap();
        fx.clock.advance(TTL);
        let shown = not_modified(&fx.things).await;
        assert_eq!(shown, (Some(5), Some("\"33a6\"".to_owned())));
    }
}
