//! What the monitor judges: figures of the time between two snapshots.

use std::time::Duration;

use cache_core::{DomainStats, Stats};
use serde::Serialize;

use crate::snapshot::{Snapshot, TierSnapshot};
use crate::timings::Latency;

/// Reads of a store that are awaited.
const AWAITED: [&str; 2] = ["get", "get_many"];
/// Reads that process memory answers; only a sample is timed, so they are judged where there are no others.
const AT_ONCE: [&str; 1] = ["get_now"];

/// What happened between two snapshots. What did not happen has no figure: "no data", never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// Look-ups.
    pub lookups: u64,
    /// The share of them that found a fresh value.
    pub hit_ratio: Option<f64>,
    /// What 99 % of the store's reads did not exceed, in seconds as data: of those that were awaited, if any were.
    #[serde(serialize_with = "seconds")]
    pub p99: Option<Duration>,
    /// The share of memory in use.
    pub memory: Option<f64>,
    /// Entries that went for lack of room, for each that is held: how much of the contents was replaced.
    pub eviction_rate: Option<f64>,
    /// The share of operations that the store failed.
    pub error_rate: Option<f64>,
}

impl Figures {
    /// Works them out.
    #[must_use]
    pub fn between(before: &Snapshot, now: &Snapshot, min_lookups: u64) -> Self {
        let counted = Counted::of(now).since(&Counted::of(before));
        let lookups = counted.lookups;
        let held = sum_of(now, |store| store.entries);
        let enough = lookups >= min_lookups.max(1);
        let p99 = |ops| reads(before, now, ops).p99;
        Self {
            lookups,
            hit_ratio: ratio(counted.fresh, lookups).filter(|_| enough),
            p99: p99(&AWAITED).or_else(|| p99(&AT_ONCE)).filter(|_| enough),
            memory: now.tiers.iter().filter_map(memory).reduce(f64::max),
            eviction_rate: counted
                .evictions
                .zip(held)
                .and_then(|(gone, held)| ratio(gone, held)),
            error_rate: ratio(counted.failures, counted.operations),
        }
    }
}

/// Sums over all domains and tiers.
#[derive(Clone, Copy, Default)]
struct Counted {
    lookups: u64,
    fresh: u64,
    failures: u64,
    operations: u64,
    /// `None` where no store can tell.
    evictions: Option<u64>,
}

impl Counted {
    fn of(snapshot: &Snapshot) -> Self {
        let sum = |of: fn(&DomainStats) -> u64| {
            let domains = snapshot.domains.values();
            domains.map(|domain| of(&domain.stats)).sum::<u64>()
        };
        Self {
            lookups: sum(DomainStats::lookups),
            fresh: sum(|stats| stats.fresh),
            failures: sum(|stats| stats.failures),
            // A failed look-up is one already.
            operations: sum(|stats| {
                let looked = stats.misses.backend_error + stats.misses.timeout;
                let failed = stats.failures.saturating_sub(looked);
                stats.lookups() + stats.writes + stats.invalidations.total() + failed
            }),
            evictions: if snapshot.tiers.is_empty() {
                Some(0)
            } else {
                sum_of(snapshot, |store| store.evictions)
            },
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            lookups: self.lookups.saturating_sub(before.lookups),
            fresh: self.fresh.saturating_sub(before.fresh),
            failures: self.failures.saturating_sub(before.failures),
            operations: self.operations.saturating_sub(before.operations),
            // From one figure that was told to the next: what came before is nobody's rate.
            evictions: self
                .evictions
                .zip(before.evictions)
                .map(|(now, before)| now.saturating_sub(before)),
        }
    }
}

/// The sum over the stores that can tell; `None` where none can.
fn sum_of(snapshot: &Snapshot, figure: impl Fn(&Stats) -> Option<u64>) -> Option<u64> {
    let tiers = snapshot.tiers.iter();
    let told = tiers.filter_map(|tier| figure(tier.store.as_ref()?));
    told.reduce(|one, other| one + other)
}

fn reads(before: &Snapshot, now: &Snapshot, ops: &[&str]) -> Latency {
    let tiers = now.tiers.iter().enumerate();
    let each = tiers.flat_map(|(place, tier)| {
        let before = before.tiers.get(place);
        ops.iter().filter_map(move |op| {
            let latency = tier.op_latency.get(op)?;
            let before = before.and_then(|tier| tier.op_latency.get(op));
            Some(before.map_or_else(|| latency.clone(), |before| latency.since(before)))
        })
    });
    Latency::merged(&each.collect::<Vec<_>>())
}

fn memory(tier: &TierSnapshot) -> Option<f64> {
    let store = tier.store?;
    let servers = store.server_wide.unwrap_or_default();
    let of = |used: Option<u64>, most: Option<u64>| ratio(used?, most?);
    of(servers.bytes, servers.max_bytes).or_else(|| of(store.bytes, store.max_bytes))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio needs no more than 52 bits"
)]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn seconds<S: serde::Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    value.map(|duration| duration.as_secs_f64()).serialize(to)
}
