//! The index: every entry has its row and only its row, no later than its end, whatever crash came between the two.

use std::time::Duration;

use cache_core::{Backend, Clock, Condition, Judge, Operation};

use super::fixture::{Fixture, HOUR, entry};
use super::rows::{is_whole, rows};
use crate::place;
use crate::write::Target;

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn every_change_keeps_the_index_whole() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..50 {
        fx.put(id, HOUR).await;
        fx.put(id, HOUR * 2).await;
    }
    for id in 0..10 {
        fx.backend.remove(fx.key(id).as_key(), None).await.unwrap();
    }
    for id in 10..20 {
        let key = fx.key(id);
        let meta = fx.backend.head(key.as_key()).await.unwrap().unwrap();
        let to = entry(fx.clock.now(), HOUR * 3, 1).meta;
        let retimed = fx.backend.retime(key.as_key(), to, meta.stamp).await;
        assert!(retimed.unwrap().is_stored());
    }
    assert!(is_whole(&fx));
    assert_eq!(rows(&fx).len(), 40);
}

#[tokio::test]
async fn a_sweep_takes_the_dead_and_counts_them() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..600 {
        fx.put(id, MILLISECOND * 10).await;
        fx.put(1_000 + id, HOUR).await;
    }
    fx.clock.advance(MILLISECOND * 10);
    fx.backend.maintain().await.unwrap();
    assert_eq!(fx.counts().await, [600, 0, 600, 0]);
    assert!(is_whole(&fx));
    // An overwrite of what is dead has expired it, too.
    fx.put(1, MILLISECOND).await;
    fx.clock.advance(MILLISECOND);
    fx.put(1, HOUR).await;
    assert_eq!(fx.counts().await, [601, 0, 601, 0]);
}

/// Trap 28: the row of an entry that was overwritten is met by a sweep before it is gone.
#[tokio::test]
async fn a_sweep_never_takes_what_is_newer_than_its_row() {
    let fx = Fixture::new(|builder| builder);
    fx.put(1, HOUR).await;
    let place = Target::of(&fx.key(1).as_key()).place;
    let stale = place::row(1, &place);
    let nobody = place::row(1, b"nobody");
    fx.backend
        .store()
        .with(Operation::Put, |engine| {
            engine.deaths.insert(&*stale, &[])?;
            engine.deaths.insert(&*nobody, &[])?;
            Ok(())
        })
        .unwrap();
    fx.backend.maintain().await.unwrap();
    assert!(fx.is_there(&fx.key(1)).await);
    assert!(is_whole(&fx));
    assert_eq!(fx.counts().await, [1, 0, 0, 0]);
}

#[tokio::test]
async fn opening_mends_the_index_and_counts_what_is_there() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..100 {
        fx.put(id, HOUR).await;
    }
    let bytes = fx.stats().await.bytes;
    fx.backend
        .store()
        .with(Operation::Put, |engine| {
            // Killed between row and value, and between value and the old row.
            engine.deaths.insert(place::row(5, b"nobody"), &[])?;
            let place = Target::of(&fx.key(1).as_key()).place;
            engine.deaths.insert(place::row(u64::MAX, &place), &[])?;
            // No crash leaves this behind; a lost page might.
            let Some(first) = engine.deaths.iter().keys().nth(50) else {
                panic!("there are 102 rows");
            };
            engine.deaths.remove(first?)?;
            Ok(())
        })
        .unwrap();
    assert!(!is_whole(&fx));
    let fx = fx.reopened().await;
    assert!(is_whole(&fx));
    assert_eq!(fx.counts().await, [100, 0, 0, 0]);
    assert_eq!(fx.stats().await.bytes, bytes);
}

#[tokio::test]
async fn what_is_beyond_the_clocks_tolerance_is_swept_once_it_was_met() {
    let fx = Fixture::new(|builder| builder);
    fx.put(1, HOUR).await;
    let ahead = fx.clock.now().after(Judge::DEFAULT_TOLERANCE * 2);
    for id in 2..5 {
        let key = fx.key(id);
        let entry = entry(ahead, HOUR, 1);
        let put = fx.backend.put(key.as_key(), entry, Condition::Always);
        assert!(put.await.unwrap().is_stored());
    }
    fx.backend.maintain().await.unwrap();
    assert_eq!(fx.counts().await[0], 4);
    assert!(!fx.is_there(&fx.key(2)).await);
    fx.backend.maintain().await.unwrap();
    assert_eq!(fx.counts().await, [1, 0, 3, 0]);
    assert!(is_whole(&fx));
}

/// Entries die while they are overwritten; the sweep takes the dead and never a new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweeps_race_overwrites_and_the_newer_stands() {
    let fx = std::sync::Arc::new(Fixture::new(|builder| builder));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sweeping = {
        let (fx, stop) = (std::sync::Arc::clone(&fx), std::sync::Arc::clone(&stop));
        tokio::spawn(async move {
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                fx.backend.maintain().await.unwrap();
            }
        })
    };
    for round in 0..3_000 {
        let id = round % 20;
        fx.put(id, MILLISECOND).await;
        fx.clock.advance(MILLISECOND);
        fx.put(id, HOUR).await;
        assert!(fx.is_there(&fx.key(id)).await, "in round {round}");
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    sweeping.await.unwrap();
    assert_eq!(fx.counts().await, [20, 0, 3_000, 0]);
    assert!(is_whole(&fx));
}
