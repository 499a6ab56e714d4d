//! Batches: a result per item, in the order asked.

use cache_core::{Capability, PayloadForm};
use cache_facade::{Domain, Removed, domain};
use cache_testkit::{ManualClock, MemoryBackend};

use crate::common::{Fixture, MS, Store, TTL, Thing, cache_over, on_each_store, thing};

async fn numbers(things: &Domain<Thing>, ids: &[u64]) -> Vec<Option<u64>> {
    let found = things.get_many(ids.iter().copied()).await;
    found
        .into_iter()
        .map(|one| one.unwrap().map(|thing| thing.number))
        .collect()
}

on_each_store! {
    async fn answers_come_in_the_order_asked(store: Store) {
        let fx = Fixture::on(store);
        let stored = fx.things.put_many((0..100).map(|id| (id, thing(id)))).await;
        assert!(stored.iter().all(Result::is_ok) && stored.len() == 100);
        let asked: Vec<u64> = (0..110).rev().collect();
        let expected: Vec<_> = asked.iter().map(|id| (*id < 100).then_some(*id)).collect();
        assert_eq!(numbers(&fx.things, &asked).await, expected);
    }

    async fn ids_may_repeat(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        assert_eq!(numbers(&fx.things, &[7, 8, 7]).await, [Some(1), None, Some(1)]);
    }

    async fn of_values_for_one_id_the_last_one_stays(store: Store) {
        let fx = Fixture::on(store);
        let stored = fx.things.put_many([(7, thing(1)), (8, thing(2)), (7, thing(3))]).await;
        assert!(stored.iter().all(Result::is_ok));
        assert_eq!(numbers(&fx.things, &[7, 8]).await, [Some(3), Some(2)]);
    }

    async fn nothing_asked_is_nothing_answered(store: Store) {
        let fx = Fixture::on(store);
        assert!(fx.things.get_many::<u64>([]).await.is_empty());
        assert!(fx.things.put_many::<u64, Thing>([]).await.is_empty());
        assert!(fx.things.invalidate_many::<u64>([]).await.is_empty());
    }

    async fn a_batch_of_puts_has_the_domains_ttl(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_many([(1, thing(1)), (2, thing(2))]).await;
        fx.clock.advance(TTL - MS);
        assert_eq!(numbers(&fx.things, &[1, 2]).await, [Some(1), Some(2)]);
        fx.clock.advance(MS);
        assert_eq!(numbers(&fx.things, &[1, 2]).await, [None, None]);
    }

    async fn invalidate_many_says_what_existed(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put_many([(1, thing(1)), (3, thing(3))]).await;
        let removed = fx.things.invalidate_many([1, 2, 3]).await;
        let removed: Vec<_> = removed.into_iter().map(Result::unwrap).collect();
        assert_eq!(removed, [Removed::Existed, Removed::Missing, Removed::Existed]);
        assert_eq!(numbers(&fx.things, &[1, 2, 3]).await, [None; 3]);
    }
}

/// A store that declares no batches is asked for one item after the other.
#[tokio::test]
async fn stores_without_batches_answer_the_same() {
    for form in [PayloadForm::Object, PayloadForm::Encoded] {
        let clock = ManualClock::default();
        let backend = match form {
            PayloadForm::Object => MemoryBackend::new(clock.judge()),
            PayloadForm::Encoded if cfg!(feature = "codec-json") => {
                MemoryBackend::encoded(clock.judge())
            }
            PayloadForm::Encoded => continue,
        };
        let backend = backend.without(Capability::Batch);
        let (_cache, things) = cache_over(backend, clock, Store::Objects.config(), domain());
        let stored = things
            .put_many([(1, thing(1)), (2, thing(2)), (1, thing(3))])
            .await;
        assert!(stored.iter().all(Result::is_ok));
        assert_eq!(numbers(&things, &[2, 9, 1]).await, [Some(2), None, Some(3)]);
        let removed = things.invalidate_many([1, 9]).await;
        assert_eq!(*removed[0].as_ref().unwrap(), Removed::Existed);
        assert_eq!(numbers(&things, &[1, 2]).await, [None, Some(2)]);
    }
}
