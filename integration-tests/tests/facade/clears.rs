//! `clear` of a domain and of a cache: what goes, and what stays.

use std::time::Duration;

use crate::fixture::{Fixture, Seen, number_of, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    clearing_a_domain_removes_all_its_values_and_no_others,
    clearing_a_cache_removes_the_values_of_all_domains,
    a_neighbouring_namespace_survives,
    counters_survive_a_clear,
    what_is_put_after_a_clear_stays,
}

async fn clearing_a_domain_removes_all_its_values_and_no_others(store: &Store) {
    let fx = Fixture::on(store).await;
    let things = (0..300).map(|id| (id, thing(id)));
    fx.things.put_many(things.clone()).await;
    fx.others().put_many(things).await;
    fx.things.clear().await.unwrap();
    let left = fx.things.get_many(0..300_u64).await;
    assert!(left.into_iter().all(|one| one.unwrap().is_none()));
    let others = fx.others().get_many(0..300_u64).await;
    assert!(others.into_iter().all(|one| one.unwrap().is_some()));
}

async fn clearing_a_cache_removes_the_values_of_all_domains(store: &Store) {
    let fx = Fixture::on(store).await;
    let raw = fx.cache.raw::<String>().unwrap();
    fx.things.put(7, thing(1)).await.unwrap();
    fx.others().put(7, thing(1)).await.unwrap();
    raw.put("7", "Jita".to_owned()).await.unwrap();
    fx.cache.clear().await.unwrap();
    assert_eq!(fx.look().await, Seen::Gone);
    assert_eq!(number_of(&fx.others(), 7).await, None);
    assert!(raw.get("7").await.unwrap().is_none());
}

async fn a_neighbouring_namespace_survives(store: &Store) {
    let behind = ["", "2", "*", "?", ":x", "%2A", "\\"];
    let caches = Fixture::neighbours(store, behind).await;
    for fx in &caches {
        fx.things.put(7, thing(1)).await.unwrap();
    }
    caches[0].cache.clear().await.unwrap();
    assert_eq!(caches[0].look().await, Seen::Gone);
    for neighbour in &caches[1..] {
        assert_eq!(neighbour.look().await, Seen::Fresh(1));
    }
}

async fn counters_survive_a_clear(store: &Store) {
    let fx = Fixture::on(store).await;
    let hour = Duration::from_secs(3_600);
    let counter = fx.things.counter();
    counter.add(7, 5, hour).await.unwrap();
    fx.things.clear().await.unwrap();
    fx.cache.clear().await.unwrap();
    assert_eq!(counter.add(7, 1, hour).await.unwrap(), 6);
}

async fn what_is_put_after_a_clear_stays(store: &Store) {
    let fx = Fixture::on(store).await;
    for number in 1..=5 {
        fx.things.put(7, thing(number)).await.unwrap();
        assert_eq!(fx.look().await, Seen::Fresh(number));
        fx.things.clear().await.unwrap();
        assert_eq!(fx.look().await, Seen::Gone);
    }
}
