//! Puts: what they replace, and what they refuse.

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Lookup, MissReason, Operation, PutOptions, Ttl, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock, MemoryBackend};

use crate::common::{Fixture, MS, Store, TTL, at_gate, cache_over, on_each_store, thing};

on_each_store! {
    async fn a_put_replaces_the_value(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.put(7, thing(2)).await.unwrap();
        assert_eq!(fx.number(7).await, Some(2));
    }

    async fn a_put_replaces_the_ttl(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_with_ttl(7, thing(1), Ttl::Never).await.unwrap();
        fx.things.put(7, thing(2)).await.unwrap();
        fx.clock.advance(TTL);
        assert_eq!(fx.number(7).await, None);
    }

    async fn a_put_replaces_the_stale_window(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(10 * TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.things.put(7, thing(2)).await.unwrap();
        fx.clock.advance(TTL);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)), "{found:?}");
    }

    async fn a_put_begins_a_new_age(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL / 2);
        fx.things.put(7, thing(2)).await.unwrap();
        fx.clock.advance(MS);
        assert_eq!(fx.things.get(7).await.unwrap().unwrap().age(), MS);
    }

    async fn an_owned_and_a_shared_value_can_be_put(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.put(8, std::sync::Arc::new(thing(2))).await.unwrap();
        assert_eq!((fx.number(7).await, fx.number(8).await), (Some(1), Some(2)));
    }

    async fn put_if_absent_stores_where_nothing_is(store: Store) {
        let fx = Fixture::on(store);
        assert!(fx.things.put_if_absent(7, thing(1), Ttl::Default).await.unwrap());
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn put_if_absent_leaves_a_fresh_value(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        assert!(!fx.things.put_if_absent(7, thing(2), Ttl::Never).await.unwrap());
        assert_eq!(fx.number(7).await, Some(1));
        fx.clock.advance(TTL);
        assert_eq!(fx.number(7).await, None, "the times stay too");
    }

    async fn put_if_absent_takes_the_place_of_a_stale_value(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(TTL - MS);
        assert!(!fx.things.put_if_absent(7, thing(2), Ttl::Default).await.unwrap());
        fx.clock.advance(MS);
        assert!(fx.things.put_if_absent(7, thing(2), Ttl::Default).await.unwrap());
        assert_eq!(fx.number(7).await, Some(2));
    }

    async fn put_if_absent_keeps_its_own_ttl(store: Store) {
        let fx = Fixture::on(store);
        let ttl = Ttl::After(Duration::from_secs(1));
        assert!(fx.things.put_if_absent(7, thing(1), ttl).await.unwrap());
        fx.clock.advance(Duration::from_millis(999));
        assert!(!fx.things.put_if_absent(7, thing(2), ttl).await.unwrap());
        fx.clock.advance(MS);
        assert!(fx.things.put_if_absent(7, thing(2), ttl).await.unwrap());
    }
}

/// The mark of a deduplication must not be lost: who is told `false` relies on somebody else having it.
#[tokio::test(start_paused = true)]
async fn put_if_absent_is_not_refused_by_what_is_gone() {
    let (faults, gate, clock) = (Faults::default(), Gate::new(), ManualClock::default());
    let backend = FaultLayer::new(&faults).layer(MemoryBackend::new(clock.judge()));
    let (_cache, things) = cache_over(backend, clock, Store::Objects.config(), domain());
    let absent = |_| async { Ok::<_, std::io::Error>(cache_facade::Loaded::Absent) };
    things.get_or_load_with(7, absent).await.unwrap();
    faults.next(Operation::Put, Fault::Delay(Duration::ZERO));
    faults.next(Operation::Put, Fault::Hang(gate.clone()));
    let other = things.clone();
    let marks = tokio::spawn(async move { other.put_if_absent(7, thing(1), Ttl::Default).await });
    at_gate(&gate).await;
    things.invalidate(7).await.unwrap();
    gate.release();
    assert!(marks.await.unwrap().unwrap());
}
