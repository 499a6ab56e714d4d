//! Index rows that are earlier than the end of their entry: what writes none, who moves them, and what a kill leaves.

use std::time::Duration;

use cache_core::{Backend, Clock, Operation};

use super::fixture::{Fixture, HOUR, entry};
use super::rows::{is_whole, owed, rows};
use crate::engine::Engine;
use crate::error::Outcome;
use crate::limit::MOST_MOVED;
use crate::place;
use crate::record::{self, due, envelope_of};
use crate::sweep::Sweep;
use crate::write::Target;

const SECOND: Duration = Duration::from_secs(1);
const MEBIBYTE: u64 = 1 << 20;

/// When something ends that lives so long from now on.
fn end(fx: &Fixture, ttl: Duration) -> u64 {
    fx.clock.now().after(ttl).as_millis()
}

fn place(fx: &Fixture, id: u64) -> Vec<u8> {
    Target::of(&fx.key(id).as_key()).place
}

#[tokio::test]
async fn an_overwrite_that_ends_later_leaves_the_row_where_it_is() {
    let fx = Fixture::new(|builder| builder);
    fx.put(1, HOUR).await;
    let before = rows(&fx);
    assert_eq!(before, [(end(&fx, HOUR), place(&fx, 1))]);
    for hours in [1, 2, 9, 3] {
        fx.put(1, HOUR * hours).await;
        assert_eq!(rows(&fx), before);
        assert!(is_whole(&fx));
    }
    let meta = fx.backend.head(fx.key(1).as_key()).await.unwrap().unwrap();
    let to = entry(fx.clock.now(), HOUR * 20, 1).meta;
    let touched = fx.backend.retime(fx.key(1).as_key(), to, meta.stamp).await;
    assert!(touched.unwrap().is_stored());
    assert_eq!(rows(&fx), before);
    assert_eq!(owed(&fx)[1], [(end(&fx, HOUR * 20), place(&fx, 1))]);
}

#[tokio::test]
async fn an_overwrite_that_ends_sooner_moves_the_row() {
    let fx = Fixture::new(|builder| builder);
    fx.put(1, HOUR).await;
    fx.put(1, SECOND).await;
    assert_eq!(rows(&fx), [(end(&fx, SECOND), place(&fx, 1))]);
    assert!(is_whole(&fx));
}

#[tokio::test]
async fn a_sweep_that_meets_a_row_too_early_moves_it_and_takes_the_entry_at_its_end() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..600 {
        fx.put(id, SECOND).await;
        fx.put(id, HOUR).await;
    }
    assert_ne!(rows(&fx), owed(&fx)[1]);
    fx.clock.advance(SECOND);
    fx.backend.maintain().await.unwrap();
    assert_eq!(fx.counts().await, [600, 0, 0, 0]);
    assert!(fx.is_there(&fx.key(599)).await);
    assert_eq!(rows(&fx), owed(&fx)[1]);
    assert!(is_whole(&fx));
    fx.clock.advance(HOUR - SECOND);
    fx.backend.maintain().await.unwrap();
    assert_eq!(fx.counts().await, [0, 0, 600, 0]);
    assert_eq!(rows(&fx), []);
}

/// Fills a store up to its limit with entries of one size; the rows of all are in the order of their ids, and every second
/// ends long after the others.
async fn filled() -> Fixture {
    let fx = Fixture::new(|builder| builder.max_bytes(MEBIBYTE));
    let most = MEBIBYTE / 2_200;
    for id in 0..most {
        fx.put_to(
            &fx.key(id),
            SECOND * (1 + u32::try_from(id).unwrap()),
            2_000,
        )
        .await;
    }
    for id in (0..most).step_by(2) {
        let ttl = HOUR * 10 - SECOND * u32::try_from(id).unwrap();
        fx.put_to(&fx.key(id), ttl, 2_000).await;
    }
    assert_eq!(fx.counts().await, [most, 0, 0, 0]);
    fx
}

#[tokio::test]
async fn what_ends_soonest_goes_wherever_its_row_is() {
    let fx = filled().await;
    // Whoever is left goes in the order of the ends: the odd ones first, and then the even ones from behind.
    let ends: Vec<_> = owed(&fx)[1]
        .iter()
        .map(|(_, place)| place.clone())
        .collect();
    let (mut left, mut next) = (ends.len(), 10_000);
    while left > 10 {
        fx.put_to(&fx.key(next), HOUR * 20, 2_000).await;
        next += 1;
        let stays: Vec<_> = owed(&fx)[1]
            .iter()
            .map(|(_, place)| place.clone())
            .collect();
        left = stays.iter().filter(|place| ends.contains(place)).count();
        assert_eq!(stays[..left], ends[ends.len() - left..]);
    }
    let [_, evictions, expirations, _] = fx.counts().await;
    assert_eq!(
        (evictions, expirations),
        (u64::try_from(ends.len() - 10).unwrap(), 0)
    );
    assert!(is_whole(&fx));
}

/// An eviction that has to move very many rows first would hold up every writer.
#[tokio::test]
async fn a_put_moves_a_bounded_number_of_rows() {
    let fx = Fixture::new(|builder| builder.max_bytes(MEBIBYTE));
    let mut id = 0;
    while fx.stats().await.bytes.unwrap() + 500 < MEBIBYTE {
        fx.put(id, HOUR).await;
        fx.put(id, HOUR * 2).await;
        id += 1;
    }
    assert!(id > 3 * u64::try_from(MOST_MOVED).unwrap());
    fx.put_to(&fx.key(id), HOUR * 3, 1_000).await;
    let stats = fx.stats().await;
    assert!(
        stats.bytes <= stats.max_bytes && stats.evictions > Some(0),
        "{stats:?}"
    );
    let early = rows(&fx)
        .iter()
        .filter(|(time, _)| *time == end(&fx, HOUR))
        .count();
    let [entries, evictions, ..] = fx.counts().await;
    let moved = usize::try_from(entries + evictions).unwrap() - 1 - early;
    assert_eq!(moved, MOST_MOVED + usize::try_from(evictions).unwrap());
    assert!(is_whole(&fx));
}

/// How many entries of 64 KiB have their row where they ended first, an hour from the beginning.
fn moved_of(fx: &Fixture, count: usize, first_end: u64) -> usize {
    let early = rows(fx)
        .iter()
        .filter(|(time, _)| *time == first_end)
        .count();
    count - early
}

/// A row is moved with its whole record: few large entries are as much to write as many small ones.
#[tokio::test]
async fn a_put_moves_a_bounded_number_of_bytes() {
    let fx = Fixture::new(|builder| builder.max_bytes(16 * MEBIBYTE));
    let (first_end, mut id) = (end(&fx, HOUR), 0);
    while fx.stats().await.bytes.unwrap() + 66_000 < 16 * MEBIBYTE {
        fx.put_to(&fx.key(id), HOUR, 65_536).await;
        fx.put_to(&fx.key(id), HOUR * 2, 65_536).await;
        id += 1;
    }
    assert!(id > 2 * 65);
    fx.put_to(&fx.key(id), HOUR * 3, 65_536).await;
    let [entries, evictions, ..] = fx.counts().await;
    let there = usize::try_from(entries).unwrap() - 1;
    let moved = moved_of(&fx, there, first_end);
    assert_eq!((moved, evictions), (64, 1));
    assert!(is_whole(&fx));
}

#[tokio::test]
async fn a_slice_of_a_sweep_moves_a_bounded_number_of_bytes_and_the_next_goes_on() {
    let fx = Fixture::new(|builder| builder);
    let first_end = end(&fx, SECOND);
    for id in 0..100 {
        fx.put_to(&fx.key(id), SECOND, 65_536).await;
        fx.put_to(&fx.key(id), HOUR, 65_536).await;
    }
    fx.clock.advance(SECOND);
    let (store, mut sweep) = (fx.backend.store(), Sweep::new());
    assert!(sweep.slice(store).unwrap(), "the nudge");
    assert!(sweep.slice(store).unwrap());
    assert_eq!(moved_of(&fx, 100, first_end), 64);
    while sweep.slice(store).unwrap() {}
    assert_eq!(moved_of(&fx, 100, first_end), 100);
    assert!(is_whole(&fx));
}

#[tokio::test]
async fn no_rows_are_left_behind_however_often_a_key_changes() {
    let fx = Fixture::new(|builder| builder);
    for round in 0..200_u32 {
        let id = u64::from(round % 10);
        for hours in [5, 9, 2, 7] {
            fx.put(id, HOUR * (hours + round % 3)).await;
            fx.clock.advance(SECOND);
        }
        assert_eq!(
            rows(&fx).len(),
            usize::try_from(fx.counts().await[0]).unwrap()
        );
        if round % 4 > 0 {
            fx.backend.remove(fx.key(id).as_key(), None).await.unwrap();
        }
        assert!(is_whole(&fx));
    }
}

/// A kill after each step of a put, or of a move, over what was there before.
#[tokio::test]
async fn a_kill_between_two_steps_leaves_nothing_that_no_sweep_finds() {
    for reopens in [true, false] {
        for ends in [HOUR, HOUR * 3] {
            for steps in 0..3 {
                let mut fx = Fixture::new(|builder| builder);
                // Its row is early, so that it can be moved.
                fx.put(1, HOUR * 2).await;
                fx.put(1, HOUR * 3).await;
                fx.put(2, HOUR).await;
                killed(&fx, end(&fx, HOUR * 2), end(&fx, ends), steps);
                if reopens {
                    fx = fx.reopened().await;
                    assert!(is_whole(&fx), "{ends:?} {steps}");
                }
                fx.clock.advance(HOUR * 2);
                fx.backend.maintain().await.unwrap();
                assert!(is_whole(&fx), "{ends:?} {steps}");
                fx.clock.advance(HOUR);
                fx.backend.maintain().await.unwrap();
                assert_eq!(fx.counts().await[0], 0, "{ends:?} {steps}");
                assert_eq!(rows(&fx), [], "{ends:?} {steps}");
            }
        }
    }
}

/// Moves the row of the first entry from one time to another, and is killed after so many steps.
fn killed(fx: &Fixture, from: u64, to: u64, steps: usize) {
    let place = place(fx, 1);
    let row = |engine: &Engine| -> Outcome {
        engine.deaths.insert(place::row(to, &place), &[])?;
        Ok(())
    };
    let record = |engine: &Engine| -> Outcome {
        let old = engine.entries.get(&place)?.unwrap();
        let record = record::spell(envelope_of(&old).to_vec(), to);
        assert!(to <= due(&record));
        engine.entries.insert(&*place, record)?;
        Ok(())
    };
    let old = |engine: &Engine| -> Outcome {
        engine.deaths.remove(place::row(from, &place))?;
        Ok(())
    };
    let all: [&dyn Fn(&Engine) -> Outcome; 3] = [&row, &record, &old];
    fx.backend
        .store()
        .with(Operation::Put, |engine| {
            all[..steps].iter().try_for_each(|step| step(engine))
        })
        .unwrap();
}
