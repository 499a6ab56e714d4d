//! Updates and invalidations of one key.

use cache_facade::{PutOptions, Removed, Ttl};

use crate::fixture::{Fixture, MS, Seen, TTL, Thing, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    an_update_changes_what_is_there,
    an_update_begins_with_nothing_where_nothing_is_fresh,
    an_update_that_answers_none_leaves_all_as_it_is,
    an_update_begins_the_domains_ttl_anew,
    a_change_that_panics_leaves_the_value_and_the_key,
    invalidate_removes_and_again_is_no_error,
    invalidate_takes_stale_values_and_known_absence_too,
    invalidate_leaves_the_neighbours,
}

async fn an_update_changes_what_is_there(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    let change = |now: Option<&Thing>| now.map(|now| thing(now.number + 1));
    let stored = fx.things.update(7, change).await.unwrap();
    assert_eq!(stored.unwrap().number, 2);
    assert_eq!(fx.look().await, Seen::Fresh(2));
}

async fn an_update_begins_with_nothing_where_nothing_is_fresh(store: &Store) {
    let fx = Fixture::on(store).await;
    let begins = |number| {
        let change = move |now: Option<&Thing>| now.is_none().then(|| thing(number));
        fx.things.update(7, change)
    };
    assert_eq!(begins(1).await.unwrap().unwrap().number, 1);
    fx.put_stale(9, TTL).await;
    assert_eq!(begins(2).await.unwrap().unwrap().number, 2);
    fx.things.invalidate(7).await.unwrap();
    fx.know_absent(7).await;
    assert_eq!(begins(3).await.unwrap().unwrap().number, 3);
    assert_eq!(fx.look().await, Seen::Fresh(3));
}

async fn an_update_that_answers_none_leaves_all_as_it_is(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.clock.advance(TTL - MS);
    assert!(fx.things.update(7, |_| None).await.unwrap().is_none());
    assert_eq!(fx.look().await, Seen::Fresh(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone, "its life was not prolonged");
}

async fn an_update_begins_the_domains_ttl_anew(store: &Store) {
    let fx = Fixture::on(store).await;
    let options = PutOptions::new().ttl(Ttl::Never);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    fx.things.update(7, |_| Some(thing(2))).await.unwrap();
    fx.clock.advance(TTL - MS);
    assert_eq!(fx.look().await, Seen::Fresh(2));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn a_change_that_panics_leaves_the_value_and_the_key(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    let things = fx.things.clone();
    let updating = tokio::spawn(async move {
        let panics = |_: Option<&Thing>| panic!("in the change");
        things.update(7, panics).await.map(drop)
    });
    assert!(updating.await.unwrap_err().is_panic());
    assert_eq!(fx.look().await, Seen::Fresh(1));
    fx.things.update(7, |_| Some(thing(2))).await.unwrap();
    assert_eq!(fx.look().await, Seen::Fresh(2));
}

async fn invalidate_removes_and_again_is_no_error(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    // Whether something was there is a hint: a store may not know.
    assert_ne!(fx.things.invalidate(7).await.unwrap(), Removed::Missing);
    assert_eq!(fx.look().await, Seen::Gone);
    assert_ne!(fx.things.invalidate(7).await.unwrap(), Removed::Existed);
}

async fn invalidate_takes_stale_values_and_known_absence_too(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_stale(1, TTL).await;
    fx.things.invalidate(7).await.unwrap();
    assert_eq!(fx.look().await, Seen::Gone);
    fx.know_absent(7).await;
    fx.things.invalidate(7).await.unwrap();
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn invalidate_leaves_the_neighbours(store: &Store) {
    let fx = Fixture::on(store).await;
    for id in [1, 11, 111] {
        fx.things.put(id, thing(id)).await.unwrap();
    }
    fx.things.invalidate(11).await.unwrap();
    let left = (
        fx.number(1).await,
        fx.number(11).await,
        fx.number(111).await,
    );
    assert_eq!(left, (Some(1), None, Some(111)));
}
