//! A read allocates nothing. moka works off its read log once in 64 reads, and its memory reclamation allocates then, in
//! plain moka as well.

mod common;

use std::time::Duration;

use allocation_counter::measure;
use cache_core::{Backend, Epoch, Found, Key};
use common::Fixture;
use moka::sync::Cache;

const KEYS: usize = 1_000;

/// Allocations of each run of 32 reads, of which at most one in two meets the working off.
fn in_runs(read: impl Fn(usize)) -> Vec<u64> {
    // First what a thread keeps for itself, which is made once.
    (0..KEYS).for_each(&read);
    let runs = (0..1_000).map(|run| {
        let reads = (run * 32..).take(32);
        measure(|| reads.for_each(|number| read(number % KEYS))).count_total
    });
    runs.collect()
}

fn idle_share(runs: &[u64]) -> usize {
    100 * runs.iter().filter(|count| **count == 0).count() / runs.len()
}

#[test]
fn a_hit_and_a_miss_allocate_nothing() {
    let fx = Fixture::new("reads", |builder| builder);
    let plain: Cache<u64, u64> = Cache::new(10_000);
    for id in (0..KEYS as u64).step_by(2) {
        fx.put(id, fx.entry(Duration::from_secs(3_600)));
        plain.insert(id, id);
    }
    fx.backend.maintain();
    plain.run_pending_tasks();
    let ids: Vec<String> = (0..KEYS).map(|id| id.to_string()).collect();
    let ours = in_runs(|number| {
        let key = Key::new(&fx.space, Epoch(1), ids[number].as_bytes()).unwrap();
        let hit = matches!(fx.backend.get_now(key), Some(Found::Shared(_)));
        assert_eq!(hit, number % 2 == 0);
    });
    let plain = in_runs(|number| {
        assert_eq!(plain.get(&(number as u64)).is_some(), number % 2 == 0);
    });
    let sum = |runs: &[u64]| runs.iter().sum::<u64>();
    println!(
        "in 32,000 reads: {} allocations, in plain moka {}",
        sum(&ours),
        sum(&plain)
    );
    assert!(idle_share(&ours) >= 40, "{ours:?}");
    assert!(sum(&ours) <= sum(&plain) + sum(&plain) / 10 + 10);
}
