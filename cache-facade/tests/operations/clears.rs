//! `clear` of a domain and of a cache: what goes, and what stays.

use std::sync::Arc;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, domain};
use cache_testkit::{ManualClock, MemoryBackend};

use crate::common::{Fixture, Store, Thing, number_of, on_each_store, thing};

on_each_store! {
    async fn clearing_a_domain_removes_all_its_values(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_many((0..100).map(|id| (id, thing(id)))).await;
        fx.things.clear().await.unwrap();
        let found = fx.things.get_many(0..100_u64).await;
        assert!(found.into_iter().all(|one| one.unwrap().is_none()));
    }

    async fn clearing_a_domain_leaves_the_others(store: Store) {
        let fx = Fixture::on(store);
        let raw = fx.cache.raw::<Thing>().unwrap();
        raw.put(7, thing(1)).await.unwrap();
        fx.things.clear().await.unwrap();
        assert_eq!(number_of(&raw, 7).await, Some(1));
    }

    async fn a_domain_whose_name_begins_alike_survives(store: Store) {
        let (cache, _clock) = two_domains(store, "cache");
        let (short, long) = handles(&cache);
        short.put(7, thing(1)).await.unwrap();
        long.put(7, thing(2)).await.unwrap();
        short.clear().await.unwrap();
        assert_eq!((number_of(&short, 7).await, number_of(&long, 7).await), (None, Some(2)));
    }

    async fn clearing_a_cache_removes_the_values_of_all_domains(store: Store) {
        let fx = Fixture::on(store);
        let raw = fx.cache.raw::<Thing>().unwrap();
        fx.things.put(7, thing(1)).await.unwrap();
        raw.put(7, thing(1)).await.unwrap();
        fx.cache.clear().await.unwrap();
        assert_eq!((fx.number(7).await, number_of(&raw, 7).await), (None, None));
    }

    async fn counters_survive_a_clear(store: Store) {
        let fx = Fixture::on(store);
        let hour = Duration::from_secs(3_600);
        let counter = fx.things.counter();
        counter.add(7, 5, hour).await.unwrap();
        fx.things.clear().await.unwrap();
        fx.cache.clear().await.unwrap();
        assert_eq!(counter.add(7, 1, hour).await.unwrap(), 6);
    }

    async fn what_is_put_after_a_clear_stays(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.clear().await.unwrap();
        fx.things.put(7, thing(2)).await.unwrap();
        assert_eq!(fx.number(7).await, Some(2));
        fx.things.clear().await.unwrap();
        assert_eq!(fx.number(7).await, None);
    }
}

fn two_domains(store: Store, namespace: &str) -> (Cache, ManualClock) {
    let clock = ManualClock::default();
    let mut config = store.config();
    config.namespace = namespace.to_owned();
    let cache = Cache::builder()
        .config(config)
        .backend(store.backend(clock.judge()))
        .clock(Arc::new(clock.clone()))
        .domain(domain::<Thing>())
        .domain(domain::<Thing>().named("thing_of_another_kind"))
        .build();
    (cache.unwrap(), clock)
}

fn handles(cache: &Cache) -> (Domain<Thing>, Domain<Thing>) {
    let other = cache.domain_named("thing_of_another_kind");
    (cache.domain().unwrap(), other.unwrap())
}

/// Two caches on one store, told apart by their namespaces.
#[tokio::test]
async fn a_neighbouring_namespace_survives() {
    let clock = ManualClock::default();
    let store = Arc::new(MemoryBackend::new(clock.judge()));
    let caches = ["app", "app2", "app*", "a%70p"].map(|namespace| {
        let mut config = CacheConfig::default();
        config.namespace = namespace.to_owned();
        let builder = Cache::builder().config(config).backend(Arc::clone(&store));
        builder
            .clock(Arc::new(clock.clone()))
            .domain(domain::<Thing>())
            .build()
            .unwrap()
    });
    for (number, cache) in (0..).zip(&caches) {
        cache.domain().unwrap().put(7, thing(number)).await.unwrap();
    }
    caches[0].clear().await.unwrap();
    let mut left = Vec::new();
    for cache in &caches {
        left.push(number_of(&cache.domain().unwrap(), 7).await);
    }
    assert_eq!(left, [None, Some(1), Some(2), Some(3)]);
}
