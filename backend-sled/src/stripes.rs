//! The locks of writers: a key has one of 64. They are held inside blocking sections only, never across an await.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

const STRIPES: usize = 64;

/// The locks.
#[derive(Debug)]
pub(crate) struct Stripes {
    locks: [Mutex<()>; STRIPES],
    hasher: RandomState,
}

impl Stripes {
    pub(crate) fn new() -> Self {
        Self {
            locks: std::array::from_fn(|_| Mutex::new(())),
            hasher: RandomState::new(),
        }
    }

    /// Waits for the turn at a place. Whoever holds a turn takes no other: two turns could wait for each other.
    pub(crate) fn lock(&self, place: &[u8]) -> MutexGuard<'_, ()> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of the hash will do"
        )]
        let index = self.hasher.hash_one(place) as usize % STRIPES;
        #[expect(clippy::indexing_slicing, reason = "the index is below the length")]
        let lock = &self.locks[index];
        // A lock guards no data of its own.
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
