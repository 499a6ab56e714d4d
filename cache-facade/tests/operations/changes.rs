//! Updates and invalidations.

use cache_facade::{ErrorKind, Lookup, MissReason, PutOptions, Removed, Ttl};
use futures_util::FutureExt;

use crate::common::{Fixture, MS, Store, TTL, on_each_store, thing};

on_each_store! {
    async fn an_update_changes_what_is_there(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        let stored = fx.things.update(7, |now| now.map(|now| thing(now.number + 1)));
        assert_eq!(stored.await.unwrap().unwrap().number, 2);
        assert_eq!(fx.number(7).await, Some(2));
    }

    async fn an_update_can_begin_with_nothing(store: Store) {
        let fx = Fixture::on(store);
        let stored = fx.things.update(7, |now| now.is_none().then(|| thing(1)));
        assert_eq!(stored.await.unwrap().unwrap().number, 1);
    }

    async fn an_update_that_answers_none_leaves_all_as_it_is(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL - MS);
        assert!(fx.things.update(7, |_| None).await.unwrap().is_none());
        assert_eq!(fx.number(7).await, Some(1));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None, "its life was not prolonged");
    }

    async fn an_update_does_not_see_a_stale_value(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(TTL);
        let stored = fx.things.update(7, |now| now.is_none().then(|| thing(2)));
        assert_eq!(stored.await.unwrap().unwrap().number, 2);
        assert_eq!(fx.number(7).await, Some(2));
    }

    async fn an_update_begins_the_domains_ttl_anew(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_with_ttl(7, thing(1), Ttl::Never).await.unwrap();
        fx.things.update(7, |_| Some(thing(2))).await.unwrap();
        fx.clock.advance(TTL - MS);
        assert_eq!(fx.number(7).await, Some(2));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None);
    }

    async fn invalidate_removes(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        assert_eq!(fx.things.invalidate(7).await.unwrap(), Removed::Existed);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Absent)));
    }

    async fn invalidate_again_is_no_error(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.invalidate(7).await.unwrap();
        assert_eq!(fx.things.invalidate(7).await.unwrap(), Removed::Missing);
    }

    async fn invalidate_takes_the_stale_value_too(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(TTL);
        assert_eq!(fx.things.invalidate(7).await.unwrap(), Removed::Existed);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Absent)));
    }

    async fn invalidate_leaves_the_neighbours(store: Store) {
        let fx = Fixture::on(store);
        for id in [1, 11, 111] {
            fx.things.put(id, thing(id)).await.unwrap();
        }
        fx.things.invalidate(11).await.unwrap();
        assert_eq!((fx.number(1).await, fx.number(111).await), (Some(1), Some(111)));
    }
}

/// Another cache on the same store changes the value between each read and its put.
#[tokio::test]
async fn an_update_that_never_wins_is_a_conflict() {
    let clock = cache_testkit::ManualClock::default();
    let store = Store::Moka.backend(clock.judge());
    let of = || {
        let spec = cache_facade::domain();
        crate::common::cache_over(store.clone(), clock.clone(), Store::Moka.config(), spec)
    };
    let ((_here, here), (_there, there)) = (of(), of());
    let mut tries = 0;
    let updated = here.update(7, |_| {
        tries += 1;
        let put = there.put(7, thing(tries)).now_or_never();
        put.unwrap().unwrap();
        Some(thing(0))
    });
    let error = updated.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let found = here.get(7).await.unwrap().unwrap().number;
    assert!(
        tries > 1 && found == tries,
        "{tries} tries, and nothing was lost"
    );
}

#[tokio::test]
async fn a_change_that_panics_leaves_the_value_and_the_key() {
    let fx = Fixture::on(Store::Moka);
    fx.things.put(7, thing(1)).await.unwrap();
    let things = fx.things.clone();
    let updating = tokio::spawn(async move {
        let panics = |now: Option<&crate::common::Thing>| panic!("in the change of {now:?}");
        things.update(7, panics).await.map(drop)
    });
    assert!(updating.await.unwrap_err().is_panic());
    assert_eq!(fx.number(7).await, Some(1));
    fx.things.update(7, |_| Some(thing(2))).await.unwrap();
    assert_eq!(fx.number(7).await, Some(2));
}
