//! Counters at their limit, added to by several at once.

use std::sync::Barrier;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use cache_core::{Clock, Counters, Operation};

use super::fixture::{Fixture, HOUR};
use crate::counters::{self, Window};
use crate::place;
use crate::store::Store;

const SECOND: Duration = Duration::from_secs(1);

/// Adds a counter on this thread.
fn add(fx: &Fixture, id: u64, window: Duration) -> cache_core::Result<i64> {
    let now = fx.clock.now();
    let (store, place): (&Store, _) = (fx.backend.store(), place::counter(&fx.key(id).as_key()));
    let opened = Window::open(1, window, now)?;
    store.with(Operation::Add, |engine| {
        counters::add(store, engine, &place, opened, now)
    })
}

/// One of them sweeps, and the others must not be told that there is no room before it has looked.
#[tokio::test]
async fn all_who_come_at_once_have_the_room_that_one_sweep_makes() {
    let fx = Fixture::new(|builder| builder.max_counters(4_000));
    // The walk meets those that end last of all.
    for id in 1_000..5_000_u64 {
        let window = if id < 4_992 { HOUR } else { SECOND };
        let key = fx.key(id);
        fx.backend.add(key.as_key(), 1, window).await.unwrap();
    }
    fx.clock.advance(SECOND);
    let begin = Barrier::new(8);
    let added: Vec<_> = thread::scope(|scope| {
        let (fx, begin) = (&fx, &begin);
        let adding = (9_000..9_008).map(|id| {
            scope.spawn(move || {
                begin.wait();
                add(fx, id, HOUR)
            })
        });
        let adding: Vec<_> = adding.collect();
        adding.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    assert!(add(&fx, 9_999, HOUR).is_err(), "there is room for no more");
}

#[test]
fn an_end_that_is_added_during_a_sweep_is_not_forgotten() {
    let fx = Fixture::new(|builder| builder);
    let store = fx.backend.store();
    for round in 0..3_000 {
        store.first_end.store(0, SeqCst);
        let begin = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                begin.wait();
                add(&fx, round, HOUR).unwrap();
            });
            begin.wait();
            let swept = store.with(Operation::Clear, |engine| counters::sweep(store, engine));
            swept.unwrap();
        });
        let end = fx.clock.now().after(HOUR).as_millis();
        assert!(store.first_end.load(SeqCst) <= end, "in round {round}");
        let emptied = store.with(Operation::Clear, |engine| Ok(engine.counters.clear()?));
        emptied.unwrap();
    }
}
