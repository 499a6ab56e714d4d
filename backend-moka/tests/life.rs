//! Lives of entries, as far as moka has a say in them.

mod common;

use std::time::Duration;

use cache_core::{Backend, Condition, Found, Judge, Ttl};
use common::{Fixture, entry, now};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// moka's own expiry keeps the old deadline on an update unless told otherwise (trap 8).
#[test]
fn a_short_life_overwritten_by_a_long_one_lives_on() {
    let fx = Fixture::new("overwrite", |builder| builder);
    fx.put(1, fx.entry(SECOND));
    fx.put(1, fx.entry(HOUR));
    fx.clock.advance(HOUR - SECOND);
    fx.backend.maintain();
    assert_eq!((fx.value(1), fx.losses()), (Some(0), [0, 0, 0]));
    fx.clock.advance(SECOND);
    fx.backend.maintain();
    assert_eq!((fx.value(1), fx.losses()), (None, [0, 1, 0]));
}

#[test]
fn a_long_life_overwritten_by_a_short_one_ends() {
    let fx = Fixture::new("shorter", |builder| builder);
    fx.put(1, fx.entry(HOUR));
    fx.put(1, fx.entry(SECOND));
    fx.clock.advance(SECOND);
    assert!(matches!(
        fx.backend.get_now(fx.key(1).as_key()),
        Some(Found::Dead)
    ));
}

/// The thread judges by the clock that stands still, and wakes by the machine's.
#[test]
fn the_thread_frees_what_is_dead_without_being_asked() {
    let fx = Fixture::new("thread", |builder| {
        builder.sweep_interval(Duration::from_millis(10))
    });
    for id in 0..5_000 {
        fx.put(id, fx.entry(if id % 2 == 0 { SECOND } else { HOUR }));
    }
    fx.clock.advance(SECOND);
    // Half a minute at most; it takes some 20 ms.
    let freed = (0..30_000).any(|_| {
        std::thread::park_timeout(Duration::from_millis(1));
        fx.losses() == [0, 2_500, 0]
    });
    assert!(freed, "{:?}", fx.stats());
    assert!((0..5_000).all(|id| fx.value(id).is_some() == (id % 2 == 1)));
}

/// Its own clock is not moka's: what is dead by the judge is held until it is swept, and absent after that.
#[test]
fn dead_entries_are_held_until_the_sweep() {
    let fx = Fixture::new("held", |builder| builder);
    for id in 0..5_000 {
        fx.put(id, fx.entry(if id % 2 == 0 { SECOND } else { HOUR }));
    }
    fx.clock.advance(SECOND);
    let dead = |id| matches!(fx.backend.get_now(fx.key(id).as_key()), Some(Found::Dead));
    assert!((0..5_000).step_by(2).all(dead));
    fx.backend.maintain();
    assert!(!(0..5_000).any(dead));
    assert_eq!((fx.entries(), fx.losses()), (2_500, [0, 2_500, 0]));
}

#[test]
fn entries_beyond_the_tolerance_of_the_clock_are_swept() {
    let fx = Fixture::new("ahead", |builder| builder);
    let ahead = cache_core::Clock::now(&fx.clock).after(Judge::DEFAULT_TOLERANCE + SECOND);
    fx.put(1, entry(ahead, Ttl::Never, 1));
    fx.backend.maintain();
    assert_eq!((fx.entries(), fx.losses()), (0, [0, 1, 0]));
}

#[test]
fn a_refusal_shows_what_lives_and_hides_what_is_dead() {
    let fx = Fixture::new("refusal", |builder| builder);
    let other = fx.entry(HOUR).meta.stamp;
    let standing = fx.entry(SECOND);
    fx.put(1, standing.clone());
    let refused = |fx: &Fixture| {
        fx.put_when(1, fx.entry(HOUR), Condition::If(other))
            .unwrap()
    };
    assert_eq!(refused(&fx), cache_core::Put::Refused(Some(standing.meta)));
    fx.clock.advance(SECOND);
    assert_eq!(refused(&fx), cache_core::Put::Refused(None));
}

#[test]
fn the_last_write_wins_however_the_keys_repeat_in_a_batch() {
    let fx = Fixture::new("batch", |builder| builder);
    let key = fx.key(1);
    let items = (0..3)
        .map(|value| cache_core::PutItem {
            key: key.as_key(),
            entry: entry(cache_core::Clock::now(&fx.clock), Ttl::Never, value),
            when: Condition::Always,
        })
        .collect();
    assert!(
        now(fx.backend.put_many(items))
            .into_iter()
            .all(|put| put.is_ok())
    );
    assert_eq!(fx.value(1), Some(2));
}
