//! Reads: what each of them says about the same entry.

use std::sync::Arc;
use std::time::Duration;

use cache_core::Judge;
use cache_facade::{Cache, Clock, Lookup, MissReason, PutOptions, Timestamp, domain};
use cache_testkit::MemoryBackend;

use crate::common::{Fixture, NEGATIVE_TTL, Store, TTL, Thing, on_each_store, thing};

on_each_store! {
    async fn nothing_there_is_none(store: Store) {
        let fx = Fixture::on(store);
        assert!(fx.things.get(7).await.unwrap().is_none());
    }

    async fn what_was_put_is_read(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!(found, thing(1));
        assert!(!found.is_stale());
    }

    async fn a_lookup_says_why_there_is_nothing(store: Store) {
        let fx = Fixture::on(store);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Absent)));
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL);
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Expired)));
    }

    async fn a_value_knows_its_age(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(Duration::from_millis(1_234));
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!(found.age(), Duration::from_millis(1_234));
        fx.clock.advance(Duration::from_secs(1));
        assert_eq!(found.age(), Duration::from_millis(1_234), "as it was read");
    }

    async fn get_now_answers_where_the_store_is_in_this_process(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        let found = fx.things.get_now(7);
        if store.answers_now() {
            assert!(matches!(found, Some(Lookup::Fresh(found)) if found.number == 1));
            assert!(matches!(fx.things.get_now(8), Some(Lookup::Miss(MissReason::Absent))));
        } else {
            assert!(found.is_none());
        }
    }

    async fn get_now_counts_only_what_it_answers(store: Store) {
        let fx = Fixture::on(store);
        let _ = fx.things.get_now(7);
        let counted = u64::from(store.answers_now());
        assert_eq!(fx.things.stats().lookups(), counted);
    }

    async fn get_shows_fresh_values_only(store: Store) {
        let fx = Fixture::on(store);
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        fx.clock.advance(TTL);
        assert!(fx.things.get(7).await.unwrap().is_none());
    }

    async fn exists_says_whether_get_would_return_a_value(store: Store) {
        let fx = Fixture::on(store);
        assert!(!fx.things.exists(7).await.unwrap());
        let options = PutOptions::new().stale_for(TTL);
        fx.things.put_with(7, thing(1), options).await.unwrap();
        assert!(fx.things.exists(7).await.unwrap());
        fx.clock.advance(TTL);
        assert!(!fx.things.exists(7).await.unwrap(), "stale");
        fx.clock.advance(TTL);
        assert!(!fx.things.exists(7).await.unwrap(), "dead");
    }

    async fn what_is_known_to_be_absent_does_not_exist(store: Store) {
        let fx = Fixture::on(store);
        crate::negative::know_absent(&fx, 7).await;
        assert!(!fx.things.exists(7).await.unwrap());
        fx.clock.advance(NEGATIVE_TTL);
        assert!(!fx.things.exists(7).await.unwrap());
    }

    async fn a_value_can_be_kept_beyond_its_entry(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        let kept = fx.things.get(7).await.unwrap().unwrap().into_arc();
        fx.things.invalidate(7).await.unwrap();
        assert_eq!(*kept, thing(1));
    }

    async fn a_hit_in_process_shares_the_value(store: Store) {
        let fx = Fixture::on(store);
        let value = Arc::new(thing(1));
        fx.things.put(7, Arc::clone(&value)).await.unwrap();
        let found = fx.things.get(7).await.unwrap().unwrap().into_arc();
        assert_eq!(Arc::ptr_eq(&found, &value), store.answers_now());
    }

    async fn an_entry_from_beyond_the_tolerance_is_a_miss(store: Store) {
        let fx = Fixture::on(store);
        let start = fx.clock.now();
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.set(Timestamp::from_millis(start.as_millis() - 300_001));
        let found = fx.things.lookup(7).await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::Clock)));
        fx.clock.set(Timestamp::from_millis(start.as_millis() - 300_000));
        let found = fx.things.get(7).await.unwrap().unwrap();
        assert_eq!(found.age(), Duration::ZERO, "within the tolerance the age is 0");
    }
}

/// The machine's clock as hits read it: up to 5 ms late.
#[derive(Debug)]
struct Late(cache_testkit::ManualClock);

impl Clock for Late {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn coarse(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now().as_millis() - 5)
    }
}

#[tokio::test]
async fn without_a_tolerance_a_value_is_readable_as_soon_as_it_was_put() {
    let clock = Arc::new(Late(cache_testkit::ManualClock::default()));
    let mut config = Store::Objects.config();
    config.clock_tolerance = Duration::ZERO;
    let judge = Judge::new(Arc::clone(&clock) as Arc<dyn Clock>, Duration::ZERO);
    let cache = Cache::builder()
        .config(config)
        .backend(MemoryBackend::new(judge));
    let cache = cache
        .clock(clock)
        .domain(domain::<Thing>())
        .build()
        .unwrap();
    let things = cache.domain::<Thing>().unwrap();
    things.put(7, thing(1)).await.unwrap();
    let found = things.lookup(7).await.unwrap();
    assert!(matches!(found, Lookup::Fresh(_)), "{found:?}");
}
