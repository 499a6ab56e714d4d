//! Stale windows, and `expire`, which opens one by hand.

use std::time::Duration;

use cache_facade::{Clock, PutOptions, Ttl};

use crate::fixture::{Fixture, MS, Seen, TTL, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_window_lies_between_freshness_and_death,
    expire_takes_freshness_at_once,
    expire_keeps_the_value_as_stale_for_its_window,
    expire_of_a_value_without_a_window_ends_it,
    expire_says_whether_there_was_a_value,
    expire_of_a_stale_value_does_not_move_its_end,
    expire_ends_known_absence,
    a_put_after_expire_is_fresh,
    an_expired_value_stays_old_when_the_clock_goes_back,
}

const WINDOW: Duration = Duration::from_secs(30);

async fn with_window(store: &Store) -> Fixture {
    let fx = Fixture::on(store).await;
    let options = PutOptions::new().stale_for(WINDOW);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    fx
}

async fn a_window_lies_between_freshness_and_death(store: &Store) {
    let fx = with_window(store).await;
    for (step, seen) in [
        (TTL - MS, Seen::Fresh(1)),
        (MS, Seen::Stale(1)),
        (WINDOW - MS, Seen::Stale(1)),
        (MS, Seen::Gone),
    ] {
        fx.clock.advance(step);
        assert_eq!(fx.look().await, seen);
    }
}

async fn expire_takes_freshness_at_once(store: &Store) {
    let fx = with_window(store).await;
    assert!(fx.things.expire(7).await.unwrap());
    assert_eq!(fx.number(7).await, None);
    assert!(!fx.things.exists(7).await.unwrap());
}

async fn expire_keeps_the_value_as_stale_for_its_window(store: &Store) {
    let fx = with_window(store).await;
    assert!(fx.things.expire(7).await.unwrap());
    assert_eq!(fx.look().await, Seen::Stale(1));
    fx.clock.advance(WINDOW - MS);
    assert_eq!(fx.look().await, Seen::Stale(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn expire_of_a_value_without_a_window_ends_it(store: &Store) {
    let fx = Fixture::on(store).await;
    for ttl in [Ttl::Default, Ttl::Never] {
        fx.things.put_with_ttl(7, thing(1), ttl).await.unwrap();
        assert!(fx.things.expire(7).await.unwrap());
        assert_eq!(fx.look().await, Seen::Gone, "{ttl:?}");
    }
}

async fn expire_says_whether_there_was_a_value(store: &Store) {
    let fx = with_window(store).await;
    assert!(!fx.things.expire(8).await.unwrap());
    assert!(fx.things.expire(7).await.unwrap());
    fx.things.invalidate(7).await.unwrap();
    assert!(!fx.things.expire(7).await.unwrap());
}

async fn expire_of_a_stale_value_does_not_move_its_end(store: &Store) {
    let fx = with_window(store).await;
    fx.clock.advance(TTL + WINDOW / 2);
    assert!(fx.things.expire(7).await.unwrap());
    fx.clock.advance(WINDOW / 2 - MS);
    assert_eq!(fx.look().await, Seen::Stale(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn expire_ends_known_absence(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.know_absent(7).await;
    fx.things.expire(7).await.unwrap();
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn a_put_after_expire_is_fresh(store: &Store) {
    let fx = with_window(store).await;
    assert!(fx.things.expire(7).await.unwrap());
    fx.things.put(7, thing(2)).await.unwrap();
    assert_eq!(fx.look().await, Seen::Fresh(2));
}

async fn an_expired_value_stays_old_when_the_clock_goes_back(store: &Store) {
    let fx = with_window(store).await;
    let start = fx.clock.now();
    fx.clock.advance(TTL / 2);
    assert!(fx.things.expire(7).await.unwrap());
    fx.clock.set(start);
    assert_eq!(fx.look().await, Seen::Stale(1));
}
