//! Per-domain counts, always on.

use cache_core::striped::Striped;

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
    MissBackendError,
    MissTimeout,
    MissBypassed,
    Loads,
    LoadErrors,
    Waiters,
    Fenced,
    Writes,
    Invalidations,
    Failures,
}

const SLOTS: usize = Count::Failures as usize + 1;
/// The counts of a domain.
#[derive(Debug)]
pub(crate) struct Counts(Striped<SLOTS>);

impl Counts {
    pub(crate) fn new() -> Self {
        Self(Striped::new())
    }

    #[inline(always)]
    pub(crate) fn add(&self, count: Count) {
        self.add_many(count, 1);
    }

    #[inline(always)]
    pub(crate) fn add_many(&self, count: Count, by: u64) {
        self.0.add(count as usize, by);
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        self.0.get(count as usize)
    }
}
