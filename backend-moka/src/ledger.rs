//! What came and what left, counted exactly: moka's own counts lag until its pending work is done.
//!
//! An entry is counted in before it is stored and counted out by moka's listener, which is called once for each that is
//! replaced, removed or evicted. The listener runs on any thread, under locks of moka: it takes no lock of ours and
//! cannot panic (moka would never call it again).

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use cache_core::{Judge, Life, OwnedKey, Space, Stats, Timestamp};
use moka::notification::RemovalCause;

use crate::config::Capacity;
use crate::held::Held;
use crate::spaces::Spaces;

/// The counts, and what decides where an entry is counted.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) judge: Judge,
    pub(crate) spaces: Spaces,
    entries: AtomicU64,
    bytes: AtomicU64,
    evictions: AtomicU64,
    expirations: AtomicU64,
    removals: AtomicU64,
}

impl Ledger {
    pub(crate) fn new(judge: Judge) -> Self {
        Self {
            judge,
            spaces: Spaces::new(),
            entries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
            expirations: AtomicU64::new(0),
            removals: AtomicU64::new(0),
        }
    }

    /// Counts an entry that is about to be stored.
    pub(crate) fn enter(&self, space: &Space, held: &Held) {
        self.spaces.enter(space);
        self.entries.fetch_add(1, Relaxed);
        self.bytes.fetch_add(u64::from(held.weight), Relaxed);
    }

    /// Counts an entry that left, by why it did.
    pub(crate) fn leave(&self, key: &OwnedKey, held: &Held, cause: RemovalCause) {
        let key = key.as_key();
        if let Some(count) = self.account(key.space(), held, cause) {
            count.fetch_add(1, Relaxed);
        }
        self.bytes.fetch_sub(u64::from(held.weight), Relaxed);
        self.entries.fetch_sub(1, Relaxed);
        self.spaces.leave(key.space());
    }

    /// A dead entry has expired, whatever takes it away in the end; a cleared one was removed; and a living one that is
    /// replaced is no loss.
    fn account(&self, space: &Space, held: &Held, cause: RemovalCause) -> Option<&AtomicU64> {
        if self.is_over(held, self.judge.clock().now()) {
            return Some(&self.expirations);
        }
        if held.generation != self.spaces.generation(space) {
            return Some(&self.removals);
        }
        match cause {
            RemovalCause::Size => Some(&self.evictions),
            RemovalCause::Explicit => Some(&self.removals),
            RemovalCause::Expired => Some(&self.expirations),
            RemovalCause::Replaced => None,
        }
    }

    /// Whether no read shows an entry any more: dead, or created beyond the clock's tolerance.
    pub(crate) fn is_over(&self, held: &Held, now: Timestamp) -> bool {
        let life = self.judge.life(held.meta(), now);
        matches!(life, Life::Dead | Life::Ahead)
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries.load(Relaxed)
    }

    pub(crate) fn is_above(&self, capacity: Capacity) -> bool {
        match capacity {
            Capacity::Entries(most) => self.entries() > most,
            Capacity::Bytes(most) => self.bytes.load(Relaxed) > most,
        }
    }

    pub(crate) fn stats(&self, capacity: Capacity) -> Stats {
        let mut stats = Stats::default();
        stats.entries = Some(self.entries());
        stats.bytes = Some(self.bytes.load(Relaxed));
        match capacity {
            Capacity::Entries(most) => stats.max_entries = Some(most),
            Capacity::Bytes(most) => stats.max_bytes = Some(most),
        }
        stats.evictions = Some(self.evictions.load(Relaxed));
        stats.expirations = Some(self.expirations.load(Relaxed));
        stats.removals = Some(self.removals.load(Relaxed));
        stats
    }
}
