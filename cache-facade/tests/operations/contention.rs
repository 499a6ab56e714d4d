//! Many at once: nothing is lost, and nobody wins twice.

use std::sync::Arc;

use cache_facade::{Domain, Ttl, domain};
use cache_testkit::{ManualClock, Yielding};
use tokio::task::JoinSet;

use crate::common::{Fixture, Store, Thing, cache_over, thing};

const TASKS: u64 = 8;
const UPDATES: u64 = 200;
const MARKS: u64 = 300;

fn stores() -> Vec<Store> {
    let mut stores = vec![Store::Moka, Store::Objects];
    stores.extend(
        cache_facade::CodecKind::preferred()
            .into_iter()
            .map(Store::Encoded),
    );
    stores
}

async fn update_from_all_sides(things: &Domain<Thing>) {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let things = things.clone();
        tasks.spawn(async move {
            for _ in 0..UPDATES {
                let next = |now: Option<&Thing>| Some(thing(now.map_or(0, |now| now.number) + 1));
                things.update(7, next).await.unwrap();
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_is_lost_between_eight_tasks() {
    for store in stores() {
        let fx = Fixture::on(store);
        update_from_all_sides(&fx.things).await;
        assert_eq!(fx.number(7).await, Some(TASKS * UPDATES), "{store:?}");
    }
}

/// A store at which everybody meets everybody in the middle of everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_is_lost_where_every_step_yields() {
    for store in stores() {
        let clock = ManualClock::default();
        let backend = Yielding::new(store.backend(clock.judge()), 1);
        let (_cache, things) = cache_over(backend, clock, store.config(), domain());
        update_from_all_sides(&things).await;
        let found = things.get(7).await.unwrap().unwrap();
        assert_eq!(found.number, TASKS * UPDATES, "{store:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn put_if_absent_of_eight_tasks_is_true_once_per_id() {
    for store in stores() {
        let fx = Fixture::on(store);
        let barrier = Arc::new(tokio::sync::Barrier::new(8));
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (things, barrier) = (fx.things.clone(), Arc::clone(&barrier));
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
        let won: u64 = tasks.join_all().await.into_iter().sum();
        assert_eq!(won, MARKS, "{store:?}");
    }
}
