//! "Known to be absent": neither a miss nor a value.

use cache_facade::{Loaded, Lookup, MissReason, Removed, Ttl};

use crate::common::{Fixture, MS, NEGATIVE_TTL, Store, on_each_store, thing};

/// Has a loader say that an id has no value.
pub(crate) async fn know_absent(fx: &Fixture, id: u64) {
    let absent = |_| async { Ok::<_, std::io::Error>(Loaded::Absent) };
    let found = fx.things.get_or_load_with(id, absent).await.unwrap();
    assert!(found.is_none());
}

on_each_store! {
    async fn known_absence_is_not_a_miss(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Negative));
        assert!(fx.things.get(7).await.unwrap().is_none());
    }

    async fn known_absence_has_a_ttl_of_its_own(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        fx.clock.advance(NEGATIVE_TTL - MS);
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Negative));
        fx.clock.advance(MS);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }

    async fn a_put_takes_the_place_of_known_absence(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        fx.things.put(7, thing(1)).await.unwrap();
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn put_if_absent_takes_the_place_of_known_absence(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        assert!(fx.things.put_if_absent(7, thing(1), Ttl::Default).await.unwrap());
        assert!(!fx.things.put_if_absent(7, thing(2), Ttl::Default).await.unwrap());
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn an_update_sees_known_absence_as_nothing(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        let stored = fx.things.update(7, |now| now.is_none().then(|| thing(1)));
        assert_eq!(stored.await.unwrap().unwrap().number, 1);
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn invalidate_forgets_known_absence(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        assert_eq!(fx.things.invalidate(7).await.unwrap(), Removed::Existed);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Absent)));
    }

    async fn expire_ends_known_absence(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        fx.things.expire(7).await.unwrap();
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }

    async fn a_batch_shows_known_absence_as_none(store: Store) {
        let fx = Fixture::on(store);
        know_absent(&fx, 7).await;
        assert!(fx.things.get_many([7]).await[0].as_ref().unwrap().is_none());
        assert_eq!(fx.things.stats().negative, 1);
    }
}
