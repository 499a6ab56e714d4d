//! Many at once: nothing is lost, and nobody wins twice.

use std::sync::Arc;

use cache_facade::{Domain, Ttl};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, MS, TTL, Thing, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    no_update_is_lost_between_eight_tasks,
    put_if_absent_of_eight_tasks_is_true_once_per_id,
    put_if_absent_of_eight_tasks_is_true_once_per_stale_id,
}

const TASKS: u64 = 8;
const UPDATES: u64 = 25;
const MARKS: u64 = 100;

pub(crate) async fn add_one(things: &Domain<Thing>) {
    let next = |now: Option<&Thing>| Some(thing(now.map_or(0, |now| now.number) + 1));
    things.update(7, next).await.unwrap();
}

async fn no_update_is_lost_between_eight_tasks(store: &Store) {
    let fx = Fixture::on(store).await;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let things = fx.things.clone();
        tasks.spawn(async move {
            for _ in 0..UPDATES {
                add_one(&things).await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(fx.number(7).await, Some(TASKS * UPDATES));
}

/// How often eight tasks were told that they put the mark, over all ids.
pub(crate) async fn marks_won(of_task: impl Fn(u64) -> Domain<Thing>) -> u64 {
    let barrier = Arc::new(Barrier::new(8));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (things, barrier) = (of_task(task), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            let mut won = 0;
            for id in 0..MARKS {
                let stored = things.put_if_absent(id, thing(task), Ttl::Default).await;
                won += u64::from(stored.unwrap());
            }
            won
        });
    }
    tasks.join_all().await.into_iter().sum()
}

async fn put_if_absent_of_eight_tasks_is_true_once_per_id(store: &Store) {
    let fx = Fixture::on(store).await;
    assert_eq!(marks_won(|_| fx.things.clone()).await, MARKS);
    fx.clock.advance(TTL - MS);
    assert_eq!(marks_won(|_| fx.things.clone()).await, 0);
}

async fn put_if_absent_of_eight_tasks_is_true_once_per_stale_id(store: &Store) {
    let fx = Fixture::on(store).await;
    let options = cache_facade::PutOptions::new().stale_for(TTL);
    for id in 0..MARKS {
        fx.things.put_with(id, thing(9), options).await.unwrap();
    }
    fx.clock.advance(TTL);
    assert_eq!(marks_won(|_| fx.things.clone()).await, MARKS);
    assert!(fx.number(7).await.unwrap() < TASKS);
}
