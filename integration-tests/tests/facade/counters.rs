//! Counters of a domain.

use std::time::Duration;

use cache_facade::ErrorKind;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::fixture::{Fixture, MS, PATIENCE, Seen, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_counter_adds_up,
    no_addition_is_lost_between_eight_tasks,
    the_first_addition_opens_the_window,
    a_counter_and_a_value_of_one_id_never_meet,
    an_overflow_leaves_the_count,
    a_window_of_zero_is_refused,
    clones_count_together_and_domains_apart,
}

const HOUR: Duration = Duration::from_secs(3_600);

async fn a_counter_adds_up(store: &Store) {
    let counter = Fixture::on(store).await.things.counter();
    let mut values = Vec::new();
    for by in [1, 2, -5, 10] {
        values.push(counter.add("api", by, HOUR).await.unwrap());
    }
    assert_eq!(values, [1, 3, -2, 8]);
}

async fn no_addition_is_lost_between_eight_tasks(store: &Store) {
    let fx = Fixture::on(store).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let counter = fx.things.counter();
        tasks.spawn(async move {
            for _ in 0..25 {
                counter.add("api", 1, HOUR).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(fx.things.counter().add("api", 0, HOUR).await.unwrap(), 200);
}

/// The window ends by the store's clock, which is ours or the server's.
async fn the_first_addition_opens_the_window(store: &Store) {
    let fx = Fixture::on(store).await;
    let (counter, window) = (fx.things.counter(), Duration::from_millis(200));
    assert_eq!(counter.add("api", 1, window).await.unwrap(), 1);
    fx.clock.advance(window);
    let end = Instant::now() + PATIENCE;
    while counter.add("api", 1, HOUR).await.unwrap() > 1 {
        assert!(Instant::now() < end, "later additions prolong the window");
        sleep(MS).await;
    }
}

async fn a_counter_and_a_value_of_one_id_never_meet(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.counter().add(7, 5, HOUR).await.unwrap();
    assert_eq!(fx.look().await, Seen::Gone);
    fx.things.put(7, thing(1)).await.unwrap();
    fx.things.invalidate(7).await.unwrap();
    assert_eq!(fx.things.counter().add(7, 1, HOUR).await.unwrap(), 6);
}

async fn an_overflow_leaves_the_count(store: &Store) {
    let counter = Fixture::on(store).await.things.counter();
    counter.add("api", i64::MAX, HOUR).await.unwrap();
    let refusal = counter.add("api", 1, HOUR).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Overflow);
    assert_eq!(counter.add("api", -1, HOUR).await.unwrap(), i64::MAX - 1);
}

async fn a_window_of_zero_is_refused(store: &Store) {
    let counter = Fixture::on(store).await.things.counter();
    let refusal = counter.add("api", 1, Duration::ZERO).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::InvalidArgument);
    assert_eq!(counter.add("api", 1, HOUR).await.unwrap(), 1);
}

async fn clones_count_together_and_domains_apart(store: &Store) {
    let fx = Fixture::on(store).await;
    let counter = fx.things.counter();
    counter.add("api", 1, HOUR).await.unwrap();
    assert_eq!(counter.clone().add("api", 1, HOUR).await.unwrap(), 2);
    let other = fx.others().counter();
    assert_eq!(other.add("api", 1, HOUR).await.unwrap(), 1);
}
