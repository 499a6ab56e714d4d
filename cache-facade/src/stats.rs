//! What a cache has counted, as plain numbers.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use cache_core::{DomainStats, Stats};
use serde::Serialize;

use crate::counters::{Count, Counts};
use crate::inner::Inner;

/// What a cache has counted.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CacheStats {
    /// What the store has counted; what it cannot tell is absent.
    pub store: Stats,
    /// Loads under way.
    pub open_flights: usize,
    /// Calls of [`Cache::clear`](crate::Cache::clear) that ended well.
    pub clears: u64,
    /// The domains, by name.
    pub domains: BTreeMap<String, DomainStats>,
}

/// Reads a domain's counts.
pub(crate) fn read(counts: &Counts) -> DomainStats {
    let mut stats = DomainStats::default();
    stats.fresh = counts.get(Count::Fresh);
    stats.stale = counts.get(Count::Stale);
    stats.negative = counts.get(Count::Negative);
    stats.misses.absent = counts.get(Count::MissAbsent);
    stats.misses.expired = counts.get(Count::MissExpired);
    stats.misses.undecodable = counts.get(Count::MissUndecodable);
    stats.misses.wrong_type = counts.get(Count::MissWrongType);
    stats.misses.schema = counts.get(Count::MissSchema);
    stats.misses.clock = counts.get(Count::MissClock);
    stats.misses.watermark = counts.get(Count::MissWatermark);
    stats.misses.backend_error = counts.get(Count::MissBackendError);
    stats.misses.timeout = counts.get(Count::MissTimeout);
    stats.misses.bypassed = counts.get(Count::MissBypassed);
    stats.loads = counts.get(Count::Loads);
    stats.load_values = counts.get(Count::LoadValues);
    stats.load_absents = counts.get(Count::LoadAbsents);
    stats.load_errors = counts.get(Count::LoadErrors);
    stats.waiters = counts.get(Count::Waiters);
    stats.stale_served = counts.get(Count::StaleServed);
    stats.fenced = counts.get(Count::Fenced);
    stats.migrated = counts.get(Count::Migrated);
    stats.writes = counts.get(Count::Writes);
    stats.invalidations.removed = counts.get(Count::Removed);
    stats.invalidations.expired = counts.get(Count::Expired);
    stats.invalidations.cleared = counts.get(Count::Cleared);
    stats.failures = counts.get(Count::Failures);
    stats
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(crate) fn stats(&self) -> DomainStats {
        let mut stats = read(&self.counts);
        stats.weight_is_unknown = self.weight_is_unknown.load(Ordering::Relaxed);
        stats
    }
}
