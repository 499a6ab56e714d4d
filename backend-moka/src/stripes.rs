//! The locks of writers: one out of 64, by the key's hash.
//!
//! Every write of a key (put, remove, retime, sweep, clear) holds the key's stripe while it looks at what stands there and
//! acts on it. moka's own compute functions would not do: they exclude each other, but not a plain insert. A stripe is
//! never held across an await, and moka's eviction listener, which runs on any thread, takes none.

use std::sync::{Mutex, MutexGuard, PoisonError};

const STRIPES: usize = 64;

/// A lock on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe(Mutex<()>);

/// The locks.
#[derive(Debug)]
pub(crate) struct Stripes([Stripe; STRIPES]);

impl Stripes {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Stripe::default()))
    }

    /// Waits for the stripe of a hash.
    pub(crate) fn lock(&self, hash: u64) -> MutexGuard<'_, ()> {
        // Bits that moka uses neither for its segments nor first for its buckets.
        let index = (hash >> 32) as usize % STRIPES;
        #[expect(clippy::indexing_slicing, reason = "the index is below the length")]
        lock(&self.0[index])
    }

    /// Goes once through every stripe: every write that held one before has ended afterwards.
    pub(crate) fn pass(&self) {
        for stripe in &self.0 {
            drop(lock(stripe));
        }
    }
}

/// The lock guards no data, so a panic under it leaves nothing half done.
fn lock(stripe: &Stripe) -> MutexGuard<'_, ()> {
    stripe.0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_share_a_stripe_and_others_rarely_do() {
        let stripes = Stripes::new();
        let held = stripes.lock(7 << 32);
        assert!(stripes.0[7].0.try_lock().is_err());
        drop(stripes.lock(8 << 32));
        drop(held);
        stripes.pass();
    }
}
