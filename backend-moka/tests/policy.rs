//! The policies keep what they keep in plain moka: neither the carried hash nor what a write looks at misleads them.

#![expect(clippy::unwrap_used, reason = "a helper fails the test")]

mod common;

use std::time::Duration;

use backend_moka::Policy;
use cache_core::{Backend, Condition, Found};
use common::Fixture;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

const CAPACITY: u64 = 500;
const KEYS: usize = 20_000;
const READS: usize = 150_000;

/// Ranks by Zipf 0.99, the same in every run.
fn trace() -> impl Iterator<Item = u64> {
    let weights = (1..=KEYS).map(|rank| 1.0 / (rank as f64).powf(0.99));
    let mut sum = 0.0;
    let steps: Vec<f64> = weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    let mut state = 7_u64;
    (0..READS).map(move |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let point = sum * ((state >> 11) as f64 / (1_u64 << 53) as f64);
        steps.partition_point(|step| *step < point) as u64
    })
}

/// Percent of reads that hit, where each miss is put.
fn plain(policy: EvictionPolicy) -> f64 {
    let cache: Cache<String, ()> = Cache::builder()
        .max_capacity(CAPACITY)
        .eviction_policy(policy)
        .build();
    let hits = trace().filter(|id| {
        let id = id.to_string();
        let hit = cache.get(&id).is_some();
        if !hit {
            cache.insert(id, ());
        }
        hit
    });
    percent(hits.count())
}

fn ours(domain: &str, policy: Policy) -> f64 {
    let fx = Fixture::new(domain, |builder| {
        builder.max_capacity(CAPACITY).policy(policy)
    });
    let hits = trace().filter(|id| {
        let key = fx.key(*id);
        let hit = matches!(fx.backend.get_now(key.as_key()), Some(Found::Shared(_)));
        if !hit {
            let entry = fx.entry(Duration::from_secs(3_600));
            fx.put_when(*id, entry, Condition::Absent).unwrap();
        }
        hit
    });
    percent(hits.count())
}

fn percent(hits: usize) -> f64 {
    100.0 * hits as f64 / READS as f64
}

#[test]
fn tinylfu_hits_as_often_as_in_plain_moka() {
    let (plain, ours) = (
        plain(EvictionPolicy::tiny_lfu()),
        ours("tinylfu", Policy::TinyLfu),
    );
    println!("tinylfu: plain {plain:.1} %, ours {ours:.1} %");
    assert!(
        (plain - ours).abs() < 1.5,
        "plain {plain:.1} %, ours {ours:.1} %"
    );
}

#[test]
fn lru_hits_as_often_as_in_plain_moka() {
    let (plain, ours) = (plain(EvictionPolicy::lru()), ours("lru", Policy::Lru));
    println!("lru: plain {plain:.1} %, ours {ours:.1} %");
    assert!(
        (plain - ours).abs() < 1.5,
        "plain {plain:.1} %, ours {ours:.1} %"
    );
}
