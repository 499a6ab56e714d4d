//! `touch`: a longer life for what is there.

use std::time::Duration;

use cache_facade::{Lookup, MissReason, PutOptions, Ttl};

use crate::common::{Fixture, MS, Store, TTL, on_each_store, thing};

const WINDOW: Duration = Duration::from_secs(30);
const LONGER: Duration = Duration::from_secs(600);

on_each_store! {
    async fn touch_prolongs_from_now_on(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL - MS);
        assert!(fx.things.touch(7, Ttl::After(LONGER)).await.unwrap());
        fx.clock.advance(LONGER - MS);
        assert_eq!(fx.number(7).await, Some(1));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None);
    }

    async fn touch_can_shorten(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_with_ttl(7, thing(1), Ttl::Never).await.unwrap();
        assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
        fx.clock.advance(TTL);
        assert_eq!(fx.number(7).await, None);
    }

    async fn touch_keeps_the_age(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL / 2);
        assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!(found.age(), TTL / 2);
    }

    async fn touch_keeps_the_window(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(WINDOW);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        assert!(fx.things.touch(7, Ttl::After(LONGER)).await.unwrap());
        fx.clock.advance(LONGER + WINDOW - MS);
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Stale(_)));
        fx.clock.advance(MS);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }

    async fn touch_of_a_stale_value_makes_it_fresh(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(WINDOW);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(TTL);
        assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn touch_says_whether_something_lives(store: Store) {
        let fx = Fixture::on(store);
        assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
        crate::negative::know_absent(&fx, 7).await;
        assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
    }

    async fn touch_does_not_keep_what_is_known_to_be_absent(store: Store) {
        let fx = Fixture::on(store);
        crate::negative::know_absent(&fx, 7).await;
        fx.things.touch(7, Ttl::Never).await.unwrap();
        fx.clock.advance(crate::common::NEGATIVE_TTL);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }
}
