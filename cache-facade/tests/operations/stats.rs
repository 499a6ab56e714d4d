//! What is counted, operation by operation. Sums under many threads have a file of their own.

use cache_facade::{DomainStats, PutOptions, Ttl};

use crate::common::{Fixture, Store, TTL, on_each_store, thing};

on_each_store! {
    async fn each_lookup_is_counted_by_what_it_found(store: Store) {
        let fx = Fixture::on(store);
        fx.things.get(7).await.unwrap();
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.things.get(7).await.unwrap();
        fx.things.lookup(7).await.unwrap();
        fx.clock.advance(TTL);
        fx.things.get(7).await.unwrap();
        fx.clock.advance(TTL);
        fx.things.get(7).await.unwrap();
        crate::negative::know_absent(&fx, 8).await;
        fx.things.get(8).await.unwrap();
        let stats = fx.things.stats();
        assert_eq!((stats.fresh, stats.stale, stats.negative), (2, 1, 1));
        assert_eq!((stats.misses.absent, stats.misses.expired), (2, 1));
        assert_eq!(stats.misses.total(), 3);
        assert_eq!(stats.lookups(), 7);
    }

    async fn writes_and_invalidations_are_counted(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.put_many([(8, thing(1)), (9, thing(2))]).await;
        assert!(!fx.things.put_if_absent(7, thing(2), Ttl::Default).await.unwrap());
        assert!(fx.things.put_if_absent(10, thing(2), Ttl::Default).await.unwrap());
        fx.things.update(7, |_| Some(thing(3))).await.unwrap();
        fx.things.touch(7, Ttl::Default).await.unwrap();
        assert_eq!(fx.things.stats().writes, 6);
        fx.things.invalidate(7).await.unwrap();
        fx.things.invalidate_many([8, 9]).await;
        fx.things.expire(10).await.unwrap();
        fx.things.clear().await.unwrap();
        let counts = fx.things.stats().invalidations;
        assert_eq!((counts.removed, counts.expired, counts.cleared), (3, 1, 1));
        assert_eq!(fx.things.stats().failures, 0);
    }

    async fn counting_goes_through_what_lives_in_all_domains(store: Store) {
        let fx = Fixture::on(store);
        let raw = fx.cache.raw::<crate::common::Thing>().unwrap();
        assert_eq!(fx.cache.count().await.unwrap(), 0);
        fx.things.put_many((0..300).map(|id| (id, thing(id)))).await;
        raw.put_with_ttl("beside", thing(1), Ttl::Never).await.unwrap();
        assert_eq!(fx.cache.count().await.unwrap(), 301);
        fx.clock.advance(TTL);
        assert_eq!(fx.cache.count().await.unwrap(), 1);
        fx.cache.close().await.unwrap();
        assert!(fx.cache.count().await.is_err());
    }

    async fn changes_are_not_lookups(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.update(7, |_| Some(thing(3))).await.unwrap();
        fx.things.touch(7, Ttl::Default).await.unwrap();
        fx.things.exists(7).await.unwrap();
        fx.things.expire(7).await.unwrap();
        fx.things.invalidate(7).await.unwrap();
        assert_eq!(fx.things.stats().lookups(), 0);
    }

    async fn a_hit_ratio_needs_a_lookup(store: Store) {
        let fx = Fixture::on(store);
        assert_eq!(fx.things.stats().hit_ratio(), None);
        fx.things.get(7).await.unwrap();
        assert_eq!(fx.things.stats().hit_ratio(), Some(0.0));
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.get(7).await.unwrap();
        assert_eq!(fx.things.stats().hit_ratio(), Some(0.5));
    }

    async fn the_caches_stats_hold_each_domain_and_the_store(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.get(7).await.unwrap();
        let stats = fx.cache.stats().await.unwrap();
        assert_eq!(stats.domains.keys().collect::<Vec<_>>(), ["thing"]);
        assert_eq!(stats.domains["thing"], fx.things.stats());
        assert_eq!((stats.open_flights, stats.store.entries), (0, Some(1)));
    }

    async fn clones_of_a_handle_count_together(store: Store) {
        let fx = Fixture::on(store);
        fx.things.clone().get(7).await.unwrap();
        fx.cache.clone().domain::<crate::common::Thing>().unwrap().get(7).await.unwrap();
        assert_eq!(fx.things.stats().misses.absent, 2);
    }

    async fn a_touch_that_found_nothing_wrote_nothing(store: Store) {
        let fx = Fixture::on(store);
        assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
        assert!(fx.things.update(7, |_| None).await.unwrap().is_none());
        assert_eq!(fx.things.stats().writes, 0);
    }

    async fn a_refused_argument_is_no_failure_of_the_store(store: Store) {
        let fx = Fixture::on(store);
        let zero = Ttl::After(std::time::Duration::ZERO);
        fx.things.put(7, thing(1)).await.unwrap();
        assert!(fx.things.put_with_ttl(7, thing(1), zero).await.is_err());
        assert!(fx.things.touch(7, zero).await.is_err());
        assert_eq!(fx.things.stats().failures, 0);
    }
}

#[test]
fn a_lookup_is_in_exactly_one_count() {
    let mut stats = DomainStats::default();
    assert_eq!(stats.lookups(), 0);
    (stats.fresh, stats.stale, stats.negative) = (1, 2, 4);
    (
        stats.misses.absent,
        stats.misses.expired,
        stats.misses.clock,
    ) = (8, 16, 32);
    assert_eq!((stats.misses.total(), stats.lookups()), (56, 63));
}
