//! What is counted of a domain, as plain numbers.

use serde::Serialize;

/// Misses of a domain, by reason. Every look-up that found nothing usable is counted under exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// Older than what the application's releases still read (`invalidate_older_than`).
    pub watermark: u64,
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
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    /// Returns the counts with the names of their reasons.
    #[must_use]
    pub const fn by_reason(&self) -> [(&'static str, u64); 10] {
        [
            ("absent", self.absent),
            ("expired", self.expired),
            ("undecodable", self.undecodable),
            ("wrong_type", self.wrong_type),
            ("schema", self.schema),
            ("clock", self.clock),
            ("watermark", self.watermark),
            ("backend_error", self.backend_error),
            ("timeout", self.timeout),
            ("bypassed", self.bypassed),
        ]
    }
}

/// Invalidations that ended well, by kind. What there was nothing of to invalidate counts, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InvalidationCounts {
    /// Ids that were invalidated, one by one or in batches.
    pub removed: u64,
    /// Ids that were marked old.
    pub expired: u64,
    /// Calls of `clear`.
    pub cleared: u64,
}

impl InvalidationCounts {
    /// Returns the sum.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.removed + self.expired + self.cleared
    }
}

/// What a domain has counted since the cache was built.
///
/// A look-up is counted once, by what it first found: `fresh + stale + negative + misses.total()` is the number of
/// look-ups. A stale value that waits for its reload is one stale look-up, whatever the reload yields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// Calls of loaders, those under way included.
    pub loads: u64,
    /// Calls of loaders that said that there is nothing.
    pub load_absents: u64,
    /// Calls of loaders that failed, panicked or did not end.
    pub load_errors: u64,
    /// Calls of loaders that yielded a value.
    pub load_values: u64,
    /// Callers who joined a load that was under way.
    pub waiters: u64,
    /// Callers who got a stale value since its load was slower than `load_timeout.soft`.
    pub stale_served: u64,
    /// Loads that were not published, since their key was changed meanwhile.
    pub fenced: u64,
    /// Misses that a value of an earlier type answered, converted, and updates that were made of one.
    pub migrated: u64,
    /// Puts, updates and touches that ended well.
    pub writes: u64,
    /// Invalidations, expiries and clears that ended well.
    pub invalidations: InvalidationCounts,
    /// Operations that the store failed, reads included.
    pub failures: u64,
    /// Whether the weight of some value could not be derived from all its fields; `bytes` is then too low.
    pub weight_is_unknown: bool,
}

impl DomainStats {
    /// Returns the number of look-ups.
    #[must_use]
    pub fn lookups(&self) -> u64 {
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
