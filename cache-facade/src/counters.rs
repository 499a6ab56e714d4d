//! Per-domain counts, always on: striped, so that threads that hit at the same time do not write the same cache line.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::thread_slot;

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
/// How many stripes the threads have that own none: they take turns.
const SHARED_STRIPES: usize = 16;

/// Two cache lines apart: neighbouring lines are fetched in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe([AtomicU64; SLOTS]);

/// The counts of a domain.
#[derive(Debug)]
pub(crate) struct Counts {
    /// One for each thread slot, written by the thread that has it and by no other.
    owned: Box<[Stripe]>,
    shared: Box<[Stripe]>,
}

impl Counts {
    pub(crate) fn new() -> Self {
        Self {
            owned: stripes(thread_slot::owned()),
            shared: stripes(SHARED_STRIPES),
        }
    }

    #[inline(always)]
    pub(crate) fn add(&self, count: Count) {
        self.add_many(count, 1);
    }

    #[inline(always)]
    pub(crate) fn add_many(&self, count: Count, by: u64) {
        let slot = thread_slot::current();
        match self.owned.get(slot) {
            #[expect(clippy::indexing_slicing, reason = "there is a place for every count")]
            Some(stripe) => {
                let place = &stripe.0[count as usize];
                place.store(place.load(Relaxed).wrapping_add(by), Relaxed);
            }
            None => self.add_shared(slot, count, by),
        }
    }

    #[cold]
    #[expect(
        clippy::indexing_slicing,
        reason = "the remainder is below the length, and there is a place for every count"
    )]
    fn add_shared(&self, slot: usize, count: Count, by: u64) {
        self.shared[slot % SHARED_STRIPES].0[count as usize].fetch_add(by, Relaxed);
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        let stripes = self.owned.iter().chain(&self.shared);
        stripes
            .filter_map(|stripe| stripe.0.get(count as usize))
            .map(|place| place.load(Relaxed))
            .sum()
    }
}

fn stripes(number: usize) -> Box<[Stripe]> {
    (0..number)
        .map(|_| Stripe([const { AtomicU64::new(0) }; SLOTS]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_threads_add_up() {
        let counts = std::sync::Arc::new(Counts::new());
        // More than can own a stripe.
        let number = thread_slot::owned() + 8;
        let threads: Vec<_> = (0..number)
            .map(|_| {
                let counts = std::sync::Arc::clone(&counts);
                std::thread::spawn(move || (0..10_000).for_each(|_| counts.add(Count::Fresh)))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let expected = u64::try_from(number).unwrap() * 10_000;
        assert_eq!(
            (counts.get(Count::Fresh), counts.get(Count::Stale)),
            (expected, 0)
        );
    }
}
