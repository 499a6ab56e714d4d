//! Stale windows, and `expire`, which opens one by hand.

use std::time::Duration;

use cache_facade::{Lookup, MissReason, PutOptions, Ttl};

use crate::common::{Fixture, MS, Store, TTL, on_each_store, thing};

const WINDOW: Duration = Duration::from_secs(30);

async fn with_window(store: Store) -> Fixture {
    let fx = Fixture::on(store);
    let options = PutOptions::new().stale_for(WINDOW);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    fx
}

async fn is_stale(fx: &Fixture) -> bool {
    match fx.things.lookup(7).await.unwrap() {
        Lookup::Stale(found) => found.is_stale() && found.number == 1,
        _ => false,
    }
}

async fn is_gone(fx: &Fixture) -> bool {
    let found = fx.things.lookup(7).await.unwrap();
    matches!(
        found,
        Lookup::Miss(MissReason::Expired | MissReason::Absent)
    )
}

on_each_store! {
    async fn a_window_begins_where_freshness_ends(store: Store) {
        let fx = with_window(store).await;
        fx.clock.advance(TTL - MS);
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Fresh(_)));
        fx.clock.advance(MS);
        assert!(is_stale(&fx).await);
    }

    async fn a_window_ends_where_the_entry_dies(store: Store) {
        let fx = with_window(store).await;
        fx.clock.advance(TTL + WINDOW - MS);
        assert!(is_stale(&fx).await);
        fx.clock.advance(MS);
        assert!(is_gone(&fx).await);
    }

    async fn a_stale_value_is_a_value_to_who_asks_for_any(store: Store) {
        let fx = with_window(store).await;
        fx.clock.advance(TTL);
        let found = fx.things.lookup(7).await.unwrap().value().unwrap();
        assert_eq!((found.number, found.age()), (1, TTL));
    }

    async fn expire_takes_freshness_at_once(store: Store) {
        let fx = with_window(store).await;
        assert!(fx.things.expire(7).await.unwrap());
        assert!(fx.things.get(7).await.unwrap().is_none());
        assert!(!fx.things.exists(7).await.unwrap());
    }

    async fn expire_keeps_the_value_as_stale_within_its_window(store: Store) {
        let fx = with_window(store).await;
        assert!(fx.things.expire(7).await.unwrap());
        assert!(is_stale(&fx).await);
        fx.clock.advance(WINDOW - MS);
        assert!(is_stale(&fx).await);
    }

    async fn expire_of_a_value_without_a_window_ends_it(store: Store) {
        let fx = Fixture::on(store);
        for ttl in [Ttl::Default, Ttl::Never] {
            fx.things.put_with_ttl(7, thing(1), ttl).await.unwrap();
            assert!(fx.things.expire(7).await.unwrap());
            assert!(is_gone(&fx).await, "{ttl:?}");
        }
    }

    async fn expire_says_whether_there_was_a_value(store: Store) {
        let fx = with_window(store).await;
        assert!(!fx.things.expire(8).await.unwrap());
        assert!(fx.things.expire(7).await.unwrap());
        fx.things.invalidate(7).await.unwrap();
        assert!(!fx.things.expire(7).await.unwrap());
    }

    async fn expire_of_a_stale_value_does_not_move_its_end(store: Store) {
        let fx = with_window(store).await;
        fx.clock.advance(TTL + WINDOW / 2);
        assert!(fx.things.expire(7).await.unwrap());
        fx.clock.advance(WINDOW / 2 - MS);
        assert!(is_stale(&fx).await);
        fx.clock.advance(MS);
        assert!(is_gone(&fx).await);
    }

    async fn a_put_after_expire_is_fresh(store: Store) {
        let fx = with_window(store).await;
        assert!(fx.things.expire(7).await.unwrap());
        fx.things.put(7, thing(2)).await.unwrap();
        assert_eq!(fx.number(7).await, Some(2));
    }

    async fn an_expired_value_stays_old_when_the_clock_goes_back(store: Store) {
        let fx = with_window(store).await;
        let start = cache_facade::Clock::now(&fx.clock);
        fx.clock.advance(TTL / 2);
        assert!(fx.things.expire(7).await.unwrap());
        fx.clock.set(start);
        assert!(is_stale(&fx).await);
    }

    async fn a_value_that_never_ends_has_no_window(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().ttl(Ttl::Never).stale_for(Duration::MAX);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(Duration::from_secs(1 << 40));
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Fresh(_)));
    }

    async fn expire_does_not_make_the_stale_window_longer(store: Store) {
        let fx = with_window(store).await;
        assert!(fx.things.expire(7).await.unwrap());
        fx.clock.advance(WINDOW);
        assert!(is_gone(&fx).await);
    }
}
