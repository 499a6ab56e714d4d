//! Stamps: one per write, unique over all processes, so that "exactly that entry" can be said.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The identity of one write: the writer's random node id and its running number.
///
/// A writer makes it, never a backend. Two stamps are equal only if they name the same write.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    node: u64,
    number: u64,
}

static NODE: LazyLock<u64> = LazyLock::new(random_node);
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The standard library seeds its hasher from the system's randomness; two draws are mixed into one id.
fn random_node() -> u64 {
    RandomState::new().hash_one(std::process::id())
        ^ RandomState::new().hash_one("node").rotate_left(32)
}

impl Stamp {
    /// Makes the next stamp of this process.
    #[must_use]
    pub fn next() -> Self {
        Self {
            node: *NODE,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Reads a stamp from its 16 stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        let value = u128::from_le_bytes(bytes);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low half is what is wanted"
        )]
        Self {
            node: value as u64,
            number: (value >> 64) as u64,
        }
    }

    /// Returns the 16 bytes that are stored.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        ((self.node as u128) | ((self.number as u128) << 64)).to_le_bytes()
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stamp({:016x}-{})", self.node, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_unique_over_threads() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..1_000).map(|_| Stamp::next()).collect::<Vec<_>>()))
            .collect();
        let all: std::collections::HashSet<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(all.len(), 4_000);
    }

    #[test]
    fn bytes_round_trip() {
        let stamp = Stamp::next();
        assert_eq!(Stamp::from_bytes(stamp.to_bytes()), stamp);
    }
}
