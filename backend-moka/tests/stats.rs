//! What is counted is exact, and each loss is counted as what it was.

mod common;

use std::time::Duration;

use backend_moka::{MokaBackend, Policy};
use cache_core::{Backend, Condition, Epoch, Removed, Scope};
use common::{Fixture, now};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// 10,000 entries into a room for 1,000; then 100 are invalidated, then the time of the others passes.
fn losses_are_exact_and_apart(domain: &str, policy: Policy) {
    let fx = Fixture::new(domain, |builder| builder.max_capacity(1_000).policy(policy));
    for id in 0..10_000 {
        fx.put(id, fx.entry(MINUTE));
    }
    fx.backend.maintain();
    assert_eq!((fx.entries(), fx.losses()), (1_000, [9_000, 0, 0]));

    let standing: Vec<u64> = (0..10_000).filter(|id| fx.value(*id).is_some()).collect();
    assert_eq!(standing.len(), 1_000);
    for id in standing.iter().take(100) {
        assert_eq!(fx.remove(*id), Removed::Existed);
        assert_eq!(fx.remove(*id), Removed::Missing);
    }
    assert_eq!((fx.entries(), fx.losses()), (900, [9_000, 0, 100]));

    fx.clock.advance(MINUTE);
    assert_eq!(fx.entries(), 900);
    fx.backend.maintain();
    assert_eq!((fx.entries(), fx.losses()), (0, [9_000, 900, 100]));
    assert_eq!(fx.stats().bytes, Some(0));
}

#[test]
fn losses_are_exact_and_apart_by_tinylfu() {
    losses_are_exact_and_apart("tinylfu", Policy::TinyLfu);
}

#[test]
fn losses_are_exact_and_apart_by_lru() {
    losses_are_exact_and_apart("lru", Policy::Lru);
}

#[test]
fn what_is_held_is_exact_without_maintenance() {
    let fx = Fixture::new("held", |builder| builder);
    for id in 0..500 {
        fx.put(id % 100, fx.entry(HOUR));
        assert_eq!(fx.entries(), 100.min(id + 1));
    }
    let each = 1 + 2 + u64::from(MokaBackend::ENTRY_OVERHEAD);
    assert_eq!(fx.stats().bytes, Some(100 * each - 10));
    assert_eq!(fx.losses(), [0, 0, 0]);
}

#[test]
fn a_dead_entry_has_expired_whatever_takes_it_away() {
    let fx = Fixture::new("dead", |builder| {
        builder.policy(Policy::Lru).max_capacity(4)
    });
    for id in 0..4 {
        fx.put(id, fx.entry(MINUTE));
    }
    fx.clock.advance(MINUTE);
    fx.put(0, fx.entry(HOUR));
    assert_eq!(fx.remove(1), Removed::Missing);
    assert_eq!(fx.losses(), [0, 2, 0]);
    // The room of the two that are left is taken by new ones.
    for id in 4..7 {
        fx.put(id, fx.entry(HOUR));
    }
    fx.backend.maintain();
    assert_eq!((fx.entries(), fx.losses()), (4, [0, 4, 0]));
}

#[test]
fn a_clear_counts_what_it_removes_once() {
    let fx = Fixture::new("cleared", |builder| builder);
    for id in 0..3_000 {
        fx.put(id, fx.entry(HOUR));
    }
    now(fx.backend.clear(Scope::domain("moka", "cleared"))).unwrap();
    assert_eq!((fx.entries(), fx.losses()), (0, [0, 0, 3_000]));
    for id in 0..10 {
        fx.put(id, fx.entry(HOUR));
    }
    let epoch = Scope {
        epoch: Some(Epoch(1)),
        ..Scope::namespace("moka")
    };
    now(fx.backend.clear(epoch)).unwrap();
    assert_eq!((fx.entries(), fx.losses()), (0, [0, 0, 3_010]));
}

/// A dropped clear has hidden everything; what it left is freed by the next sweep and counted as removed.
#[test]
fn a_dropped_clear_is_finished_by_the_sweep() {
    let fx = Fixture::new("dropped", |builder| builder);
    for id in 0..3_000 {
        fx.put(id, fx.entry(HOUR));
    }
    {
        let mut clear = std::pin::pin!(fx.backend.clear(Scope::namespace("moka")));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(clear.as_mut().poll(&mut context).is_pending());
    }
    assert!((0..3_000).all(|id| fx.value(id).is_none()));
    assert!(fx.entries() > 0);
    assert!(
        fx.put_when(7, fx.entry(HOUR), Condition::Absent)
            .unwrap()
            .is_stored()
    );
    fx.backend.maintain();
    assert_eq!((fx.entries(), fx.losses()), (1, [0, 0, 3_000]));
}

#[test]
fn bytes_stay_under_their_limit_and_are_what_is_accounted() {
    let most = 1 << 20;
    let fx = Fixture::new("bytes", |builder| builder.max_bytes(most));
    for id in 0..20_000 {
        let mut entry = fx.entry(HOUR);
        entry.meta.weight = 1_000;
        fx.put(id, entry);
    }
    fx.backend.maintain();
    let stats = fx.stats();
    assert_eq!((stats.max_bytes, stats.max_entries), (Some(most), None));
    let bytes = stats.bytes.unwrap();
    assert!((most - 2_000..=most).contains(&bytes), "{bytes}");
    let held: u64 = (0..20_000)
        .filter(|id| fx.value(*id).is_some())
        .map(|id| {
            1_000 + u64::from(MokaBackend::ENTRY_OVERHEAD) + fx.key(id).as_key().id().len() as u64
        })
        .sum();
    assert_eq!(held, bytes);
}

#[test]
fn ten_times_the_capacity_stays_under_it_at_all_times() {
    let fx = Fixture::new("under", |builder| builder.max_capacity(1_000));
    let most = (0..10_000)
        .map(|id| {
            fx.put(id, fx.entry(HOUR));
            let scanned = now(fx.backend.stats()).unwrap();
            scanned.entries.unwrap()
        })
        .max();
    assert_eq!(most, Some(1_000));
}
