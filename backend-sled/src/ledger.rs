//! What is held and what left, counted exactly: sled counts neither, and its files never shrink.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use cache_core::Stats;

use crate::record::envelope_of;

/// Why something left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It was dead, or beyond the clock's tolerance, whatever took it away.
    Expired,
    /// It lived and had to go for lack of room.
    Evicted,
    /// A caller removed it, by key or by `clear`.
    Removed,
}

/// The counts. What is held changes under the stripe of its place.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: AtomicU64,
    bytes: AtomicU64,
    evictions: AtomicU64,
    expirations: AtomicU64,
    removals: AtomicU64,
}

/// What an entry weighs.
pub(crate) fn weight(place: &[u8], envelope: &[u8]) -> u64 {
    u64::try_from(place.len().saturating_add(envelope.len())).unwrap_or(u64::MAX)
}

/// What the entry of a record weighs.
pub(crate) fn weight_of(place: &[u8], record: &[u8]) -> u64 {
    weight(place, envelope_of(record))
}

impl Ledger {
    /// Begins with what was found in a store.
    pub(crate) fn begin(&self, entries: u64, bytes: u64) {
        self.entries.store(entries, Relaxed);
        self.bytes.store(bytes, Relaxed);
    }

    pub(crate) fn enter(&self, weight: u64) {
        self.entries.fetch_add(1, Relaxed);
        self.bytes.fetch_add(weight, Relaxed);
    }

    /// Notes that an entry left; one that was overwritten while it lived has no cause. Who sees that it left sees why.
    pub(crate) fn leave(&self, weight: u64, cause: Option<Cause>) {
        let count = match cause {
            None => None,
            Some(Cause::Expired) => Some(&self.expirations),
            Some(Cause::Evicted) => Some(&self.evictions),
            Some(Cause::Removed) => Some(&self.removals),
        };
        if let Some(count) = count {
            count.fetch_add(1, Relaxed);
        }
        self.bytes.fetch_sub(weight, Relaxed);
        self.entries.fetch_sub(1, Release);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries.load(Acquire)
    }

    pub(crate) fn stats(&self, max_bytes: u64) -> Stats {
        let mut stats = Stats::default();
        stats.entries = Some(self.entries());
        stats.bytes = Some(self.bytes());
        // As large as can be is no limit.
        stats.max_bytes = (max_bytes < u64::MAX).then_some(max_bytes);
        stats.evictions = Some(self.evictions.load(Relaxed));
        stats.expirations = Some(self.expirations.load(Relaxed));
        stats.removals = Some(self.removals.load(Relaxed));
        stats
    }
}
