//! What a cache has counted, as plain numbers.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use cache_core::Stats;

use crate::counters::{Count, Counts};
use crate::inner::Inner;

/// What a cache has counted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheStats {
    /// What the store has counted; what it cannot tell is absent.
    pub store: Stats,
    /// Loads under way.
    pub open_flights: usize,
    /// The domains, by name.
    pub domains: BTreeMap<String, DomainStats>,
}

/// Misses of a domain, by reason. Every look-up that found nothing usable is counted under exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissCounts {
    /// Nothing there.
    pub absent: u64,
    /// There was an entry, past its end.
    pub expired: u64,
    /// Damaged, foreign, or of an unknown format or codec.
    pub undecodable: u64,
    /// A value of another type.
    pub wrong_type: u64,
    /// A header that contradicts its address.
    pub schema: u64,
    /// Created further in the future than clocks may differ.
    pub clock: u64,
    /// The store answered with an error.
    pub backend_error: u64,
    /// The store did not answer in time.
    pub timeout: u64,
    /// The cache was switched off (`bypass`).
    pub bypassed: u64,
}

impl MissCounts {
    /// Returns the sum.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.absent
            + self.expired
            + self.undecodable
            + self.wrong_type
            + self.schema
            + self.clock
            + self.backend_error
            + self.timeout
            + self.bypassed
    }
}

/// What a domain has counted since the cache was built.
///
/// A look-up is counted once, by what it first found: `fresh + stale + negative + misses.total()` is the number of
/// look-ups. A stale value that waits for its reload is one stale look-up, whatever the reload yields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DomainStats {
    /// Look-ups that found a fresh value.
    pub fresh: u64,
    /// Look-ups that found a value within its stale window.
    pub stale: u64,
    /// Look-ups that found "known to be absent".
    pub negative: u64,
    /// Look-ups that found nothing usable.
    pub misses: MissCounts,
    /// Calls of loaders.
    pub loads: u64,
    /// Calls of loaders that failed, panicked or did not end.
    pub load_errors: u64,
    /// Callers who joined a load that was under way.
    pub waiters: u64,
    /// Loads that were not published, since their key was changed meanwhile.
    pub fenced: u64,
    /// Puts, updates and touches that ended well.
    pub writes: u64,
    /// Invalidations, expiries and clears that ended well.
    pub invalidations: u64,
    /// Operations that the store failed, reads included.
    pub failures: u64,
    /// Whether the weight of some value could not be derived from all its fields; `bytes` is then too low.
    pub weight_is_unknown: bool,
}

impl DomainStats {
    pub(crate) fn of(counts: &Counts) -> Self {
        Self {
            fresh: counts.get(Count::Fresh),
            stale: counts.get(Count::Stale),
            negative: counts.get(Count::Negative),
            misses: MissCounts {
                absent: counts.get(Count::MissAbsent),
                expired: counts.get(Count::MissExpired),
                undecodable: counts.get(Count::MissUndecodable),
                wrong_type: counts.get(Count::MissWrongType),
                schema: counts.get(Count::MissSchema),
                clock: counts.get(Count::MissClock),
                backend_error: counts.get(Count::MissBackendError),
                timeout: counts.get(Count::MissTimeout),
                bypassed: counts.get(Count::MissBypassed),
            },
            loads: counts.get(Count::Loads),
            load_errors: counts.get(Count::LoadErrors),
            waiters: counts.get(Count::Waiters),
            fenced: counts.get(Count::Fenced),
            writes: counts.get(Count::Writes),
            invalidations: counts.get(Count::Invalidations),
            failures: counts.get(Count::Failures),
            weight_is_unknown: false,
        }
    }

    /// Returns the number of look-ups.
    #[must_use]
    pub const fn lookups(&self) -> u64 {
        self.fresh + self.stale + self.negative + self.misses.total()
    }

    /// Returns the share of look-ups that found a fresh value; `None` before the first look-up.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio needs no more than 52 bits"
    )]
    pub fn hit_ratio(&self) -> Option<f64> {
        let lookups = self.lookups();
        (lookups > 0).then(|| self.fresh as f64 / lookups as f64)
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(crate) fn stats(&self) -> DomainStats {
        DomainStats {
            weight_is_unknown: self.weight_is_unknown.load(Ordering::Relaxed),
            ..DomainStats::of(&self.counts)
        }
    }
}
