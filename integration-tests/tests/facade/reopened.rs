//! What a store holds when it is opened again.

use std::time::Duration;

use cache_facade::{PutOptions, domain};

use crate::fixture::{Fixture, MS, Seen, TTL, number_of, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    what_was_stored_is_there_with_its_times needs Kept,
    a_counter_goes_on needs Kept,
}

async fn what_was_stored_is_there_with_its_times(store: &Store) {
    let first = Fixture::on(store).await;
    let options = PutOptions::new().stale_for(TTL);
    first.things.put_with(7, thing(1), options).await.unwrap();
    first.others().put(7, thing(2)).await.unwrap();
    first.know_absent(8).await;
    first.clock.advance(MS);
    first.cache.close().await.unwrap();
    let again = first.beside(domain()).await;
    assert_eq!(again.things.get(7).await.unwrap().unwrap().age(), MS);
    assert_eq!(number_of(&again.others(), 7).await, Some(2));
    assert_eq!(again.cache.count().await.unwrap(), 3);
    again.clock.advance(TTL - MS);
    assert_eq!(again.look().await, Seen::Stale(1));
    again.clock.advance(TTL);
    assert_eq!(again.look().await, Seen::Gone);
}

async fn a_counter_goes_on(store: &Store) {
    let hour = Duration::from_secs(3_600);
    let first = Fixture::on(store).await;
    first.things.counter().add(7, 5, hour).await.unwrap();
    first.cache.close().await.unwrap();
    let again = first.beside(domain()).await;
    assert_eq!(again.things.counter().add(7, 1, hour).await.unwrap(), 6);
}
