//! Batches: a result per item, in the order asked.

use cache_core::MAX_ID_BYTES;
use cache_facade::{ErrorKind, Removed};

use crate::fixture::{Fixture, MS, TTL, Thing, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    answers_come_in_the_order_asked,
    ids_may_repeat,
    of_values_for_one_id_the_last_one_stays,
    nothing_asked_is_nothing_answered,
    a_batch_of_puts_has_the_domains_ttl,
    a_batch_shows_known_absence_and_staleness_as_none,
    invalidate_many_removes_those_and_no_others,
    one_id_that_is_too_long_does_not_hide_the_others,
}

impl Fixture {
    async fn numbers(&self, ids: &[u64]) -> Vec<Option<u64>> {
        let found = self.things.get_many(ids.iter().copied()).await;
        let numbers = found.into_iter();
        numbers
            .map(|one| one.unwrap().map(|thing| thing.number))
            .collect()
    }

    async fn put_all(&self, ids: impl IntoIterator<Item = u64>) {
        let items: Vec<_> = ids.into_iter().map(|id| (id, thing(id))).collect();
        for stored in self.things.put_many(items).await {
            stored.unwrap();
        }
    }
}

async fn answers_come_in_the_order_asked(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_all(0..300).await;
    let asked: Vec<u64> = (0..330).rev().collect();
    let expected: Vec<_> = asked.iter().map(|id| (*id < 300).then_some(*id)).collect();
    assert_eq!(fx.numbers(&asked).await, expected);
}

async fn ids_may_repeat(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_all([7]).await;
    assert_eq!(fx.numbers(&[7, 8, 7]).await, [Some(7), None, Some(7)]);
}

async fn of_values_for_one_id_the_last_one_stays(store: &Store) {
    let fx = Fixture::on(store).await;
    let items = [(7, thing(1)), (8, thing(2)), (7, thing(3))];
    let stored = fx.things.put_many(items).await;
    assert!(stored.iter().all(Result::is_ok) && stored.len() == 3);
    assert_eq!(fx.numbers(&[7, 8]).await, [Some(3), Some(2)]);
}

async fn nothing_asked_is_nothing_answered(store: &Store) {
    let fx = Fixture::on(store).await;
    assert!(fx.things.get_many::<u64>([]).await.is_empty());
    assert!(fx.things.put_many::<u64, Thing>([]).await.is_empty());
    assert!(fx.things.invalidate_many::<u64>([]).await.is_empty());
}

async fn a_batch_of_puts_has_the_domains_ttl(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_all([1, 2]).await;
    fx.clock.advance(TTL - MS);
    assert_eq!(fx.numbers(&[1, 2]).await, [Some(1), Some(2)]);
    fx.clock.advance(MS);
    assert_eq!(fx.numbers(&[1, 2]).await, [None, None]);
}

async fn a_batch_shows_known_absence_and_staleness_as_none(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_stale(4, TTL).await;
    fx.know_absent(8).await;
    fx.put_all([9]).await;
    assert_eq!(fx.numbers(&[7, 8, 9]).await, [None, None, Some(9)]);
    let stats = fx.things.stats();
    assert_eq!((stats.stale, stats.negative, stats.fresh), (1, 1, 1));
}

async fn invalidate_many_removes_those_and_no_others(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.put_all([1, 3, 13, 31]).await;
    let removed = fx.things.invalidate_many([1, 2, 3]).await;
    // Whether something was there is a hint: a store may not know.
    let hints = [Removed::Existed, Removed::Missing, Removed::Existed];
    for (removed, hint) in removed.into_iter().zip(hints) {
        let removed = removed.unwrap();
        assert!(removed == hint || removed == Removed::Unknown);
    }
    let left = fx.numbers(&[1, 2, 3, 13, 31]).await;
    assert_eq!(left, [None, None, None, Some(13), Some(31)]);
}

async fn one_id_that_is_too_long_does_not_hide_the_others(store: &Store) {
    let fx = Fixture::on(store).await;
    let long = "x".repeat(MAX_ID_BYTES + 1);
    let ids = ["1", long.as_str(), "3"];
    let items: Vec<_> = ids.into_iter().zip([1, 2, 3].map(thing)).collect();
    let kind = |refused: Option<&cache_facade::Error>| refused.map(cache_facade::Error::kind);
    let stored = fx.things.put_many(items).await;
    assert_eq!(kind(stored[1].as_ref().err()), Some(ErrorKind::InvalidKey));
    let found = fx.things.get_many(ids).await;
    assert_eq!(kind(found[1].as_ref().err()), Some(ErrorKind::InvalidKey));
    assert_eq!(fx.numbers(&[1, 3]).await, [Some(1), Some(3)]);
    let removed = fx.things.invalidate_many(ids).await;
    assert_eq!(kind(removed[1].as_ref().err()), Some(ErrorKind::InvalidKey));
    assert_eq!(fx.numbers(&[1, 3]).await, [None, None]);
}
