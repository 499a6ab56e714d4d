//! What is counted, and counting.

use cache_facade::{PutOptions, Ttl};

use crate::fixture::{Fixture, TTL, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    each_lookup_is_counted_by_what_it_found,
    writes_and_invalidations_are_counted,
    count_goes_through_what_lives_in_all_domains,
    a_store_tells_its_figures,
}

async fn each_lookup_is_counted_by_what_it_found(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.number(7).await;
    let options = PutOptions::new().stale_for(TTL);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    fx.number(7).await;
    fx.things.lookup(7).await.unwrap();
    fx.clock.advance(TTL);
    fx.number(7).await;
    fx.clock.advance(TTL);
    fx.number(7).await;
    fx.know_absent(8).await;
    fx.number(8).await;
    let stats = fx.things.stats();
    assert_eq!((stats.fresh, stats.stale, stats.negative), (2, 1, 1));
    assert_eq!((stats.misses.total(), stats.lookups()), (3, 7));
    assert_eq!(stats.failures, 0);
}

async fn writes_and_invalidations_are_counted(store: &Store) {
    let fx = Fixture::on(store).await;
    let things = &fx.things;
    things.put(7, thing(1)).await.unwrap();
    things.put_many([(8, thing(1)), (9, thing(2))]).await;
    let refused = things.put_if_absent(7, thing(2), Ttl::Default);
    assert!(!refused.await.unwrap());
    let stored = things.put_if_absent(10, thing(2), Ttl::Default);
    assert!(stored.await.unwrap());
    things.update(7, |_| Some(thing(3))).await.unwrap();
    assert!(things.touch(7, Ttl::Default).await.unwrap());
    assert!(!things.touch(70, Ttl::Default).await.unwrap());
    things.invalidate(7).await.unwrap();
    things.invalidate_many([8, 9]).await;
    things.expire(10).await.unwrap();
    things.clear().await.unwrap();
    let stats = things.stats();
    assert_eq!((stats.writes, stats.invalidations.total()), (6, 5));
    assert_eq!((stats.failures, stats.lookups()), (0, 0));
}

async fn count_goes_through_what_lives_in_all_domains(store: &Store) {
    let fx = Fixture::on(store).await;
    assert_eq!(fx.cache.count().await.unwrap(), 0);
    fx.things.put_many((0..300).map(|id| (id, thing(id)))).await;
    let kept = fx
        .others()
        .put_with_ttl("beside", thing(1), Ttl::Never)
        .await;
    kept.unwrap();
    fx.things.counter().add(7, 1, TTL).await.unwrap();
    assert_eq!(fx.cache.count().await.unwrap(), 301);
    fx.clock.advance(TTL);
    assert_eq!(fx.cache.count().await.unwrap(), 1);
}

async fn a_store_tells_its_figures(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.number(7).await;
    let stats = fx.cache.stats().await.unwrap();
    assert_eq!(stats.domains["thing"], fx.things.stats());
    assert_eq!(stats.open_flights, 0);
    // Measured, or absent; of a server that others use too, it can only be more.
    assert!(stats.store.entries.is_none_or(|entries| entries >= 1));
}
