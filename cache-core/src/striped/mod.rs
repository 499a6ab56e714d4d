//! Counts that many threads add to at the same time, striped: threads that count together do not write the same cache line.

mod slot;

use std::fmt;
use std::marker::PhantomData;
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
    pub fn add(&self, place: usize, by: u64) {
        self.place(place).add(by);
    }

    /// Returns the calling thread's part of a count, for who looks at it and adds to it.
    ///
    /// # Panics
    /// If `place` is not below `N`.
    #[inline(always)]
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "documented, and the remainder is below the length"
    )]
    pub fn place(&self, place: usize) -> Place<'_> {
        let slot = slot::current();
        let (stripe, is_own) = match self.owned.get(slot) {
            Some(stripe) => (stripe, true),
            None => (&self.shared[slot % SHARED_STRIPES], false),
        };
        Place {
            count: &stripe.0[place],
            is_own,
            here: PhantomData,
        }
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

/// The calling thread's part of a count. It stays on its thread.
#[derive(Debug)]
pub struct Place<'a> {
    count: &'a AtomicU64,
    /// No other thread writes it.
    is_own: bool,
    here: PhantomData<*const ()>,
}

impl Place<'_> {
    /// Returns what the thread has added, or where it has no stripe of its own, what it and some others have. For who does
    /// something every so many times.
    #[inline(always)]
    #[must_use]
    pub fn here(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Adds to the count. Without an atomic addition, where the thread has a stripe of its own.
    #[inline(always)]
    pub fn add(&self, by: u64) {
        if self.is_own {
            let sum = self.count.load(Relaxed).wrapping_add(by);
            self.count.store(sum, Relaxed);
        } else {
            self.count.fetch_add(by, Relaxed);
        }
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
            assert_eq!(counts.place(0).here(), sum);
        }
    }
}
