//! Real threads: conditions, clears and sweeps against writes under way.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper fails the test"
)]

mod common;

use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use cache_core::{Backend, Clock, Condition, Epoch, Found, OwnedKey, Scope, Space, Ttl};
use common::{Fixture, entry, now, value};

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn of_eight_putters_of_300_absent_keys_each_key_has_one() {
    let fx = Fixture::new("absent", |builder| builder);
    let barrier = Barrier::new(8);
    let stored = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (fx, barrier, stored) = (&fx, &barrier, &stored);
            scope.spawn(move || {
                barrier.wait();
                for step in 0..300 {
                    // Half of the threads meet the keys in the other order.
                    let id = if thread % 2 == 0 { step } else { 299 - step };
                    let put = fx.put_when(id, fx.entry(HOUR), Condition::Absent).unwrap();
                    stored.fetch_add(u64::from(put.is_stored()), SeqCst);
                }
            });
        }
    });
    assert_eq!((stored.load(SeqCst), fx.entries()), (300, 300));
}

/// Each writer adds one to a register over the stamp it saw: no addition is lost.
#[test]
fn additions_over_a_seen_stamp_are_not_lost() {
    let fx = Fixture::new("register", |builder| builder);
    fx.put(1, entry(fx.clock.now(), Ttl::Never, 0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    add_one(&fx);
                }
            });
        }
    });
    assert_eq!(fx.value(1), Some(8_000));
}

fn add_one(fx: &Fixture) {
    loop {
        let key = fx.key(1);
        let found = fx.backend.get_now(key.as_key()).map(Found::unshared);
        let Some(Found::Entry(seen)) = found else {
            panic!("the register is gone");
        };
        let cache_core::Payload::Object(object) = seen.payload else {
            panic!("the register holds no object");
        };
        let next = *object.downcast::<u64>().unwrap() + 1;
        let next = entry(fx.clock.now(), Ttl::Never, next);
        if fx
            .put_when(1, next, Condition::If(seen.meta.stamp))
            .unwrap()
            .is_stored()
        {
            return;
        }
    }
}

const WRITERS: usize = 3;
const KEYS: u64 = 8;

/// Writers put rising numbers and say when each put has returned; meanwhile clears run.
struct Race {
    fx: Fixture,
    stop: AtomicBool,
    finished: [AtomicU64; WRITERS],
}

impl Race {
    fn new(domain: &str) -> Self {
        Self {
            fx: Fixture::new(domain, |builder| builder),
            stop: AtomicBool::new(false),
            finished: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Each writer has keys of its own, some of them in spaces that come and go.
    fn key(&self, writer: usize, number: u64) -> OwnedKey {
        let domain = format!("race{}", number % 5);
        let space = if number.is_multiple_of(3) {
            Space::new("moka", &domain, number % 7).unwrap()
        } else {
            self.fx.space.clone()
        };
        let id = format!("{writer}-{}", number % KEYS);
        OwnedKey::new(space, Epoch(number % 2), id.into_bytes()).unwrap()
    }

    fn write(&self, writer: usize) {
        let mut number = 0;
        while !self.stop.load(SeqCst) {
            number += 1;
            let key = self.key(writer, number);
            let entry = entry(self.fx.clock.now(), Ttl::Never, number);
            let put = now(self.fx.backend.put(key.as_key(), entry, Condition::Always));
            assert!(put.unwrap().is_stored());
            self.finished[writer].store(number, SeqCst);
        }
    }

    /// Clears once: what was there before is gone, and what is put afterwards stays.
    fn clear(&self, scope: Scope<'_>) {
        let before: Vec<u64> = self.finished.iter().map(|last| last.load(SeqCst)).collect();
        now(self.fx.backend.clear(scope)).unwrap();
        for (writer, before) in before.into_iter().enumerate() {
            for number in before.saturating_sub(840)..=before {
                let key = self.key(writer, number);
                let left = value(&self.fx.backend, key.as_key());
                if scope.contains(&key.as_key()) {
                    assert!(
                        left.is_none_or(|left| left > before),
                        "{left:?} <= {before}"
                    );
                }
            }
        }
        let own = self.fx.key(1);
        let mark = self.fx.entry(HOUR);
        now(self.fx.backend.put(own.as_key(), mark, Condition::Always)).unwrap();
        assert_eq!(self.fx.value(1), Some(0));
    }

    /// With nobody writing, everything that is held can be read: nothing stayed behind out of reach.
    fn nothing_is_out_of_reach(&self) {
        let readable = now(self.fx.backend.count(Scope::namespace("moka"))).unwrap();
        assert_eq!(self.fx.entries(), readable);
    }
}

fn clears_race_puts(domain: &str, scopes: &[Scope<'_>]) {
    for _ in 0..10 {
        let race = Race::new(domain);
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let race = &race;
                scope.spawn(move || race.write(writer));
            }
            for round in 0..20 {
                race.clear(scopes[round % scopes.len()]);
            }
            race.stop.store(true, SeqCst);
        });
        race.nothing_is_out_of_reach();
    }
}

#[test]
fn a_clear_takes_what_was_put_before_and_leaves_what_is_put_after() {
    clears_race_puts("clear", &[Scope::namespace("moka")]);
}

#[test]
fn a_clear_of_one_epoch_does_so_too() {
    let epoch = |epoch| Scope {
        epoch: Some(Epoch(epoch)),
        ..Scope::namespace("moka")
    };
    clears_race_puts("epochs", &[epoch(0), epoch(1)]);
}

/// Entries die while they are overwritten; the sweep takes the dead and never a new one.
#[test]
fn a_sweep_never_takes_a_new_entry_for_the_dead_one_before_it() {
    let fx = Fixture::new("sweep", |builder| builder);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(SeqCst) {
                fx.backend.maintain();
            }
        });
        for round in 0..20_000 {
            let id = round % 50;
            fx.put(id, fx.entry(Duration::from_millis(1)));
            fx.clock.advance(Duration::from_millis(1));
            fx.put(id, fx.entry(HOUR));
            assert_eq!(fx.value(id), Some(0), "in round {round}");
        }
        stop.store(true, SeqCst);
    });
    assert_eq!((fx.entries(), fx.losses()), (50, [0, 20_000, 0]));
}
