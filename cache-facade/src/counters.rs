//! Per-domain counts, always on: striped, so that threads that hit at the same time do not write the same cache line.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

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
const STRIPES: usize = 16;

/// Two cache lines apart: neighbouring lines are fetched in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe([AtomicU64; SLOTS]);

/// The counts of a domain.
#[derive(Debug)]
pub(crate) struct Counts {
    stripes: Box<[Stripe]>,
}

thread_local! {
    static STRIPE: Cell<usize> = const { Cell::new(usize::MAX) };
}

static NEXT_STRIPE: AtomicUsize = AtomicUsize::new(0);

/// Threads take stripes in turn.
#[inline]
fn stripe() -> usize {
    STRIPE.with(|own| {
        let index = own.get();
        if index != usize::MAX {
            return index;
        }
        let index = NEXT_STRIPE.fetch_add(1, Ordering::Relaxed) % STRIPES;
        own.set(index);
        index
    })
}

impl Counts {
    pub(crate) fn new() -> Self {
        Self {
            stripes: (0..STRIPES)
                .map(|_| Stripe([const { AtomicU64::new(0) }; SLOTS]))
                .collect(),
        }
    }

    #[inline]
    pub(crate) fn add(&self, count: Count) {
        self.add_many(count, 1);
    }

    #[inline]
    pub(crate) fn add_many(&self, count: Count, by: u64) {
        if let Some(slot) = self
            .stripes
            .get(stripe())
            .and_then(|stripe| stripe.0.get(count as usize))
        {
            slot.fetch_add(by, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        self.stripes
            .iter()
            .filter_map(|stripe| stripe.0.get(count as usize))
            .map(|slot| slot.load(Ordering::Relaxed))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_threads_add_up() {
        let counts = std::sync::Arc::new(Counts::new());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let counts = std::sync::Arc::clone(&counts);
                std::thread::spawn(move || (0..10_000).for_each(|_| counts.add(Count::Fresh)))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(
            (counts.get(Count::Fresh), counts.get(Count::Stale)),
            (80_000, 0)
        );
    }
}
