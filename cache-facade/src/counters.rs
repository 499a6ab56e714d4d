//! Per-domain counts, always on.

use cache_core::striped::Striped;

use crate::metered::LoadTimes;

/// What is counted, one slot each.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Count {
    Fresh,
    Stale,
    Negative,
    MissAbsent,
    MissExpired,
    MissUndecodable,
    MissWrongType,
    MissSchema,
    MissClock,
    MissWatermark,
    MissBackendError,
    MissTimeout,
    MissBypassed,
    Loads,
    LoadValues,
    LoadAbsents,
    LoadErrors,
    Waiters,
    StaleServed,
    Fenced,
    Migrated,
    Writes,
    Removed,
    Expired,
    Cleared,
    Failures,
}

const SLOTS: usize = Count::Failures as usize + 1;

/// What is counted and timed of a domain.
#[derive(Debug)]
pub(crate) struct Counts {
    counts: Striped<SLOTS>,
    pub(crate) load_times: LoadTimes,
}

impl Counts {
    pub(crate) fn new() -> Self {
        Self {
            counts: Striped::new(),
            load_times: LoadTimes::default(),
        }
    }

    #[inline(always)]
    pub(crate) fn add(&self, count: Count) {
        self.add_many(count, 1);
    }

    #[inline(always)]
    pub(crate) fn add_many(&self, count: Count, by: u64) {
        self.counts.add(count as usize, by);
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        self.counts.get(count as usize)
    }
}
