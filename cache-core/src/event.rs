//! Events: small facts that observers get while they happen. An event borrows its key; keeping it means copying the key.

use std::fmt;

use crate::{ErrorKind, Key, Operation, Reason};

/// What a look-up answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadOutcome {
    /// A fresh value.
    Fresh,
    /// A value past its fresh period, within its stale window.
    Stale,
    /// Known to be absent.
    Negative,
    /// Nothing there.
    Absent,
    /// There was an entry, past its end.
    Expired,
    /// Something that cannot be read.
    Unreadable(Reason),
    /// The backend could not answer.
    Failed(ErrorKind),
}

/// Why an entry left a store without anybody removing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvictionCause {
    /// No room.
    Capacity,
    /// Past its end.
    Expired,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A look-up was answered.
    Read(ReadOutcome),
    /// A write, a removal or another change by a caller ended well.
    Written(Operation),
    /// A loader was called.
    LoadStarted,
    /// A loader answered (`true`) or failed.
    LoadEnded(bool),
    /// A caller joined a load that was under way.
    Joined,
    /// A load was not published, since its key was changed meanwhile.
    Fenced,
    /// An operation on the store failed.
    Failed(Operation, ErrorKind),
}

/// A fact about a key, or about a whole scope where there is no single key.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The key, with its hash.
    pub key: Option<Key<'a>>,
    /// What happened.
    pub kind: EventKind,
}

/// Which events an observer wants, decided before any call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampling {
    /// Every event.
    Every,
    /// The events of one key in 2^`shift`, chosen by the key's hash: all or none of a key's events.
    ByHash {
        /// Bits of the hash that must be zero, at most 32.
        shift: u8,
    },
}

impl Sampling {
    /// Says whether an event of this hash is wanted; events without a key always are.
    ///
    /// ```
    /// # use cache_core::Sampling;
    /// assert!(Sampling::ByHash { shift: 4 }.wants(0xFF << 32));
    /// assert!(!Sampling::ByHash { shift: 4 }.wants(0b1000 << 60));
    /// ```
    #[must_use]
    pub fn wants(self, hash: u64) -> bool {
        match self {
            Self::Every => true,
            Self::ByHash { shift } => hash.leading_zeros() >= u32::from(shift.min(32)),
        }
    }
}

/// Watches what a cache does. Called inline: it must be quick, and must not call the cache.
pub trait Observer: Send + Sync + fmt::Debug + 'static {
    /// Says which events are wanted; asked once.
    fn sampling(&self) -> Sampling;

    /// Takes note of an event.
    fn observe(&self, event: &Event<'_>);
}
