//! Counters of a domain.

use std::time::Duration;

use cache_core::Capability;
use cache_facade::{ErrorKind, domain};
use cache_testkit::{ManualClock, MemoryBackend};

use crate::common::{Fixture, MS, Store, cache_over, on_each_store, thing};

const MINUTE: Duration = Duration::from_secs(60);

on_each_store! {
    async fn a_counter_adds_up(store: Store) {
        let counter = Fixture::on(store).things.counter();
        let mut values = Vec::new();
        for by in [1, 2, -5, 10] {
            values.push(counter.add("api", by, MINUTE).await.unwrap());
        }
        assert_eq!(values, [1, 3, -2, 8]);
    }

    async fn the_first_add_opens_the_window(store: Store) {
        let fx = Fixture::on(store);
        let counter = fx.things.counter();
        counter.add("api", 1, MINUTE).await.unwrap();
        fx.clock.advance(MINUTE - MS);
        assert_eq!(counter.add("api", 1, 10 * MINUTE).await.unwrap(), 2);
        fx.clock.advance(MS);
        assert_eq!(counter.add("api", 1, MINUTE).await.unwrap(), 1);
    }

    async fn a_counter_and_a_value_of_one_id_never_meet(store: Store) {
        let fx = Fixture::on(store);
        fx.things.counter().add(7, 5, MINUTE).await.unwrap();
        assert!(fx.things.get(7).await.unwrap().is_none());
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.invalidate(7).await.unwrap();
        assert_eq!(fx.things.counter().add(7, 1, MINUTE).await.unwrap(), 6);
    }

    async fn an_overflow_leaves_the_count(store: Store) {
        let counter = Fixture::on(store).things.counter();
        counter.add("api", i64::MAX, MINUTE).await.unwrap();
        let refusal = counter.add("api", 1, MINUTE).await.unwrap_err();
        assert_eq!(refusal.kind(), ErrorKind::Overflow);
        assert_eq!(counter.add("api", -1, MINUTE).await.unwrap(), i64::MAX - 1);
    }

    async fn a_window_of_zero_is_refused(store: Store) {
        let counter = Fixture::on(store).things.counter();
        let refusal = counter.add("api", 1, Duration::ZERO).await.unwrap_err();
        assert_eq!(refusal.kind(), ErrorKind::InvalidArgument);
    }

    async fn clones_count_together_and_domains_apart(store: Store) {
        let fx = Fixture::on(store);
        let counter = fx.things.counter();
        counter.add("api", 1, MINUTE).await.unwrap();
        assert_eq!(counter.clone().add("api", 1, MINUTE).await.unwrap(), 2);
        let raw = fx.cache.raw::<String>().unwrap().counter();
        assert_eq!(raw.add("api", 1, MINUTE).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_store_without_counters_says_so() {
    let clock = ManualClock::default();
    let backend = MemoryBackend::new(clock.judge()).without(Capability::Counters);
    let (_cache, things) = cache_over(backend, clock, Store::Objects.config(), domain());
    let refusal = things.counter().add(7, 1, MINUTE).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unsupported);
    assert_eq!(refusal.failed_backend(), Some("memory"));
}
