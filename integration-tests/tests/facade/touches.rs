//! `touch`: another life for what is there.

use std::time::Duration;

use cache_facade::{PutOptions, Ttl};

use crate::fixture::{Fixture, MS, NEGATIVE_TTL, Seen, TTL, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    touch_prolongs_from_now_on_and_keeps_the_age,
    touch_can_shorten,
    touch_keeps_the_window,
    touch_makes_a_stale_value_fresh,
    touch_says_whether_something_lives,
    touch_does_not_prolong_known_absence,
}

const WINDOW: Duration = Duration::from_secs(30);
const LONGER: Duration = Duration::from_secs(600);

async fn touch_prolongs_from_now_on_and_keeps_the_age(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.clock.advance(TTL - MS);
    assert!(fx.things.touch(7, Ttl::After(LONGER)).await.unwrap());
    let found = fx.things.get(7).await.unwrap().unwrap();
    assert_eq!((&*found, found.age()), (&thing(1), TTL - MS));
    fx.clock.advance(LONGER - MS);
    assert_eq!(fx.look().await, Seen::Fresh(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn touch_can_shorten(store: &Store) {
    let fx = Fixture::on(store).await;
    let put = fx.things.put_with_ttl(7, thing(1), Ttl::Never);
    put.await.unwrap();
    assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
    fx.clock.advance(TTL);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn touch_keeps_the_window(store: &Store) {
    let fx = Fixture::on(store).await;
    let options = PutOptions::new().stale_for(WINDOW);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    assert!(fx.things.touch(7, Ttl::After(LONGER)).await.unwrap());
    fx.clock.advance(LONGER + WINDOW - MS);
    assert_eq!(fx.look().await, Seen::Stale(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn touch_makes_a_stale_value_fresh(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_stale(1, WINDOW).await;
    assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
    assert_eq!(fx.look().await, Seen::Fresh(1));
}

async fn touch_says_whether_something_lives(store: &Store) {
    let fx = Fixture::on(store).await;
    assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
    fx.things.put(7, thing(1)).await.unwrap();
    assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
    fx.clock.advance(TTL);
    assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
}

async fn touch_does_not_prolong_known_absence(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.know_absent(7).await;
    assert!(!fx.things.touch(7, Ttl::Never).await.unwrap());
    fx.clock.advance(NEGATIVE_TTL);
    assert_eq!(fx.look().await, Seen::Gone);
}
