//! Counts that many threads add to at the same time, striped: threads that count together do not write the same cache line.

mod slot;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

pub use slot::current as slot;

/// How many stripes the threads have that own none: they take turns.
const SHARED_STRIPES: usize = 16;

/// Two cache lines apart: neighbouring lines are fetched in pairs.
#[repr(align(128))]
struct Stripe<const N: usize>([AtomicU64; N]);

/// `N` counts, from 0 on. They wrap at 2^64.
///
/// # Example
/// ```
/// # use cache_core::striped::Striped;
/// let counts = Striped::<2>::new();
/// counts.add(1, 5);
/// assert_eq!((counts.get(0), counts.get(1)), (0, 5));
/// ```
pub struct Striped<const N: usize> {
    /// One for each thread slot, written by the thread that has it and by no other.
    owned: Box<[Stripe<N>]>,
    shared: Box<[Stripe<N>]>,
}

impl<const N: usize> Striped<N> {
    /// Makes counts that are 0.
    #[must_use]
    pub fn new() -> Self {
        Self {
            owned: stripes(slot::owned()),
            shared: stripes(SHARED_STRIPES),
        }
    }

    /// Adds to a count. Without an atomic addition, where the calling thread has a stripe of its own.
    ///
    /// # Panics
    /// If `place` is not below `N`.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "documented; a place that is known when this is compiled is not checked"
    )]
    pub fn add(&self, place: usize, by: u64) {
        let slot = slot::current();
        match self.owned.get(slot) {
            Some(stripe) => {
                let place = &stripe.0[place];
                place.store(place.load(Relaxed).wrapping_add(by), Relaxed);
            }
            None => self.add_shared(slot, place, by),
        }
    }

    #[cold]
    #[expect(
        clippy::indexing_slicing,
        reason = "the remainder is below the length; the place is documented"
    )]
    fn add_shared(&self, slot: usize, place: usize, by: u64) {
        self.shared[slot % SHARED_STRIPES].0[place].fetch_add(by, Relaxed);
    }

    /// Returns what the calling thread has added to a count, or where it has no stripe of its own, what it and some others have.
    /// For who does something every so many times.
    #[inline(always)]
    #[must_use]
    pub fn here(&self, place: usize) -> u64 {
        let slot = slot::current();
        let stripe = self
            .owned
            .get(slot)
            .or_else(|| self.shared.get(slot % SHARED_STRIPES));
        stripe
            .and_then(|stripe| stripe.0.get(place))
            .map_or(0, |count| count.load(Relaxed))
    }

    /// Returns a count: everything that was added before, by whatever thread, if it is known to have been.
    #[must_use]
    pub fn get(&self, place: usize) -> u64 {
        let stripes = self.owned.iter().chain(&self.shared);
        stripes
            .filter_map(|stripe| stripe.0.get(place))
            .fold(0, |sum, count| sum.wrapping_add(count.load(Relaxed)))
    }
}

impl<const N: usize> Default for Striped<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Striped<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries((0..N).map(|place| self.get(place)))
            .finish()
    }
}

fn stripes<const N: usize>(number: usize) -> Box<[Stripe<N>]> {
    (0..number)
        .map(|_| Stripe([const { AtomicU64::new(0) }; N]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_threads_add_up() {
        let counts = std::sync::Arc::new(Striped::<2>::new());
        // More than can own a stripe.
        let number = slot::owned() + 8;
        let threads: Vec<_> = (0..number)
            .map(|_| {
                let counts = std::sync::Arc::clone(&counts);
                std::thread::spawn(move || (0..10_000).for_each(|_| counts.add(1, 1)))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let expected = u64::try_from(number).unwrap() * 10_000;
        assert_eq!((counts.get(1), counts.get(0)), (expected, 0));
    }

    #[test]
    fn a_thread_sees_what_it_added() {
        let counts = Striped::<1>::new();
        for sum in 1..=100 {
            counts.add(0, 1);
            // Other tests' threads may share a stripe, but not these counts.
            assert_eq!(counts.here(0), sum);
        }
    }
}
