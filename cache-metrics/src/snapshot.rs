//! Everything that a cache knows of itself at one moment, as plain data. Needs no recorder and no exporter.

use std::collections::BTreeMap;

use cache_core::{DomainStats, Result, Stats};
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::tier::Tier;
use crate::timings::Latency;

/// What a cache has counted and timed since it was built. Serialises, durations as seconds.
///
/// `Cache::snapshot` of the facade makes it, with its feature `metrics`.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The cache's namespace: the label `cache` of metrics.
    pub cache: String,
    /// The application's release, if it has one.
    pub release: Option<String>,
    /// The epoch in the addresses of versioned domains.
    pub epoch: u64,
    /// Loads under way.
    pub open_flights: u64,
    /// Calls that cleared the whole cache.
    pub clears: u64,
    /// The domains, by name.
    pub domains: BTreeMap<String, DomainSnapshot>,
    /// The store; several, where one is kept before the other.
    pub tiers: Vec<TierSnapshot>,
}

/// What is known of a domain.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DomainSnapshot {
    /// What was counted.
    #[serde(flatten)]
    pub stats: DomainStats,
    /// How long its loader took, failures included.
    pub load_latency: Latency,
    /// How long the store took for each operation on this domain; `get_now` for reads that process memory answered.
    pub op_latency: BTreeMap<&'static str, Latency>,
}

/// What is known of a store.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct TierSnapshot {
    /// The backend's name.
    pub name: &'static str,
    /// What the store has counted; what it cannot tell is absent. `None` if it did not answer.
    pub store: Option<Stats>,
    /// Calls by operation; of a batch, one.
    pub calls: BTreeMap<&'static str, u64>,
    /// Failed calls, and failed items of batches, by the kind of the error.
    pub failures: BTreeMap<&'static str, u64>,
    /// Calls that their callers gave up before an answer: past a deadline, say.
    pub abandoned: u64,
    /// How long it took for each operation, over all domains.
    pub op_latency: BTreeMap<&'static str, Latency>,
}

impl Snapshot {
    /// Begins a snapshot of a cache of this name.
    #[must_use]
    pub fn new(cache: impl Into<String>) -> Self {
        Self {
            cache: cache.into(),
            ..Self::default()
        }
    }
}

impl DomainSnapshot {
    /// Puts together what is known of a domain: its counts, its loads, and what the store needed for it.
    #[must_use]
    pub fn new(name: &str, stats: DomainStats, load_latency: Latency, tier: &Tier) -> Self {
        Self {
            stats,
            load_latency,
            op_latency: tier.latencies_of(name),
        }
    }
}

impl TierSnapshot {
    /// Reads a tier, beside what its store says.
    #[must_use]
    pub fn new(tier: &Tier, store: Option<Stats>) -> Self {
        Self {
            name: tier.name(),
            store,
            calls: tier.all_calls(),
            failures: tier.all_failures(),
            abandoned: tier.abandoned(),
            op_latency: tier.latencies(),
        }
    }
}

/// What snapshots are taken of: a cache.
pub trait Source: Send + Sync + 'static {
    /// Takes a snapshot. A store that does not answer leaves its own figures out.
    fn snapshot(&self) -> BoxFuture<'_, Snapshot>;

    /// Says whether the store answers.
    ///
    /// # Errors
    /// `Closed` if the cache was closed; otherwise the kind of error with which the store cannot be reached.
    fn check(&self) -> BoxFuture<'_, Result<()>>;
}
