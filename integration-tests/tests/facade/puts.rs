//! Puts: what they replace, and what they refuse.

use std::sync::Arc;
use std::time::Duration;

use cache_facade::{ErrorKind, PutOptions, Ttl, domain};

use crate::fixture::{Fixture, MS, Seen, TTL, Thing, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    an_overwrite_replaces_value_ttl_and_window_together,
    an_overwrite_forgets_the_validators,
    an_owned_and_a_shared_value_can_be_put,
    put_if_absent_leaves_a_fresh_value_and_its_times,
    put_if_absent_takes_the_place_of_a_stale_value,
    put_if_absent_takes_the_place_of_known_absence,
    put_if_absent_keeps_its_own_ttl,
    a_value_that_is_too_large_is_refused,
}

async fn an_overwrite_replaces_value_ttl_and_window_together(store: &Store) {
    let fx = Fixture::on(store).await;
    let long = PutOptions::new().ttl(Ttl::Never).stale_for(10 * TTL);
    let windowed = PutOptions::new().stale_for(10 * TTL);
    for first in [long, windowed] {
        fx.things.put_with(7, thing(1), first).await.unwrap();
        fx.clock.advance(TTL / 2);
        fx.things.put(7, thing(2)).await.unwrap();
        fx.clock.advance(TTL - MS);
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!((&*found, found.age()), (&thing(2), TTL - MS));
        fx.clock.advance(MS);
        assert_eq!(fx.look().await, Seen::Gone, "neither fresh nor stale");
    }
}

async fn an_overwrite_forgets_the_validators(store: &Store) {
    use cache_facade::{Extensions, LoadContext, Loaded};
    let fx = Fixture::on(store).await;
    let load = |_| async {
        Ok::<_, std::io::Error>(Loaded::Validated {
            value: thing(5),
            ttl: Ttl::Default,
            stale_for: TTL,
            validators: Extensions::new().with_etag("\"33a6\""),
        })
    };
    fx.things.get_or_load_with(7, load).await.unwrap();
    fx.put_stale(6, TTL).await;
    let load = |context: LoadContext<Thing>| async move {
        let stale = context.stale().map(|stale| stale.number);
        let tagged = context.validators().and_then(Extensions::etag).is_some();
        assert_eq!((stale, tagged), (Some(6), false));
        Ok::<_, std::io::Error>(thing(7))
    };
    let found = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
    assert_eq!(found.number, 7);
}

async fn an_owned_and_a_shared_value_can_be_put(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.things.put(8, Arc::new(thing(2))).await.unwrap();
    assert_eq!((fx.number(7).await, fx.number(8).await), (Some(1), Some(2)));
}

async fn put_if_absent_leaves_a_fresh_value_and_its_times(store: &Store) {
    let fx = Fixture::on(store).await;
    let mark = |number, ttl| fx.things.put_if_absent(7, thing(number), ttl);
    assert!(mark(1, Ttl::Default).await.unwrap());
    assert!(!mark(2, Ttl::Never).await.unwrap());
    assert_eq!(fx.look().await, Seen::Fresh(1));
    fx.clock.advance(TTL);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn put_if_absent_takes_the_place_of_a_stale_value(store: &Store) {
    let fx = Fixture::on(store).await;
    let options = PutOptions::new().stale_for(TTL);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    fx.clock.advance(TTL - MS);
    let mark = || fx.things.put_if_absent(7, thing(2), Ttl::Default);
    assert!(!mark().await.unwrap());
    fx.clock.advance(MS);
    assert!(mark().await.unwrap());
    assert_eq!(fx.look().await, Seen::Fresh(2));
}

async fn put_if_absent_takes_the_place_of_known_absence(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.know_absent(7).await;
    let mark = |number| fx.things.put_if_absent(7, thing(number), Ttl::Default);
    assert!(mark(1).await.unwrap());
    assert!(!mark(2).await.unwrap());
    assert_eq!(fx.look().await, Seen::Fresh(1));
}

async fn put_if_absent_keeps_its_own_ttl(store: &Store) {
    let fx = Fixture::on(store).await;
    let ttl = Duration::from_secs(1);
    let mark = || fx.things.put_if_absent(7, thing(1), Ttl::After(ttl));
    assert!(mark().await.unwrap());
    fx.clock.advance(ttl - MS);
    assert!(!mark().await.unwrap());
    fx.clock.advance(MS);
    assert!(mark().await.unwrap());
}

async fn a_value_that_is_too_large_is_refused(store: &Store) {
    let fx = Fixture::configured(store, domain(), |config| config.max_payload = 1_000).await;
    let mut large = thing(2);
    large.name = "x".repeat(2_000);
    let fits = fx.things.put(7, thing(1)).await;
    fits.unwrap();
    let refusal = fx.things.put(7, large).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::TooLarge);
    assert_eq!(fx.look().await, Seen::Fresh(1));
}
