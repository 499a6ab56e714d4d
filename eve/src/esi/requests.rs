//! How many requests were sent.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Kind;

const KINDS: usize = Kind::ALL.len();

/// The running counts, one per kind.
#[derive(Debug, Default)]
pub(super) struct Requests([AtomicU64; KINDS]);

impl Requests {
    pub(super) fn count(&self, kind: Kind) {
        if let Some(cell) = self.0.get(kind as usize) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> RequestCounts {
        RequestCounts(array::from_fn(|at| {
            self.0
                .get(at)
                .map_or(0, |cell| cell.load(Ordering::Relaxed))
        }))
    }
}

/// How many requests a client has sent; each try of a look-up counts, a look-up that was never sent does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts([u64; KINDS]);

impl RequestCounts {
    /// Returns the number of requests for entities of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or(0)
    }

    /// Returns the number of all requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
