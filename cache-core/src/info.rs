//! What a backend says about itself: its name, its optional powers, what it counts.

use serde::Serialize;

/// A power that a backend may have. What is not declared answers `Unsupported`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// `get_many`, `put_many`, `remove_many`: one round trip per shard.
    Batch,
    /// `scan` and `count`.
    Scan,
    /// [`crate::Counters`].
    Counters,
    /// Entries survive the end of the process, after `flush`.
    Persistent,
    /// Capacity is limited: an entry may be refused or evicted at any time.
    Bounded,
    /// Other processes write to the store too.
    Shared,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 6] = [
        Self::Batch,
        Self::Scan,
        Self::Counters,
        Self::Persistent,
        Self::Bounded,
        Self::Shared,
    ];

    /// Names the capability as documentation spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "Batch",
            Self::Scan => "Scan",
            Self::Counters => "Counters",
            Self::Persistent => "Persistent",
            Self::Bounded => "Bounded",
            Self::Shared => "Shared",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Batch => 1,
            Self::Scan => 2,
            Self::Counters => 4,
            Self::Persistent => 8,
            Self::Bounded => 16,
            Self::Shared => 32,
        }
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities(u8);

impl Capabilities {
    /// Makes a set.
    ///
    /// ```
    /// # use cache_core::{Capabilities, Capability};
    /// const POWERS: Capabilities = Capabilities::of(&[Capability::Batch, Capability::Scan]);
    /// assert!(POWERS.has(Capability::Scan) && !POWERS.has(Capability::Shared));
    /// ```
    #[must_use]
    pub const fn of(list: &[Capability]) -> Self {
        let mut bits = 0;
        let mut rest = list;
        while let [first, tail @ ..] = rest {
            bits |= first.bit();
            rest = tail;
        }
        Self(bits)
    }

    /// Says whether a capability is in the set.
    #[must_use]
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Returns the set without one capability.
    #[must_use]
    pub const fn without(self, capability: Capability) -> Self {
        Self(self.0 & !capability.bit())
    }

    /// Goes through the capabilities of the set.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL
            .into_iter()
            .filter(move |capability| self.has(*capability))
    }
}

impl std::fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The form in which a backend takes values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadForm {
    /// As objects: in-process stores, where a hit decodes nothing.
    Object,
    /// As bytes: everything else.
    Encoded,
}

/// What a backend says about itself; constant for its life.
#[derive(Clone, Debug)]
pub struct BackendInfo {
    /// A short name, as in a URL's scheme: `moka`, `redis`, `sled`.
    pub name: &'static str,
    /// The declared powers.
    pub capabilities: Capabilities,
    /// The form in which it takes values.
    pub payload: PayloadForm,
}

/// What a backend has counted, answered in constant time. What a store cannot tell is absent, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Entries that are held, dead ones that were not yet swept included.
    pub entries: Option<u64>,
    /// Bytes that they weigh.
    pub bytes: Option<u64>,
    /// The most entries, if they are limited.
    pub max_entries: Option<u64>,
    /// The most bytes, if they are limited.
    pub max_bytes: Option<u64>,
    /// Live entries that had to go for lack of room, since the start.
    pub evictions: Option<u64>,
    /// Entries that went because they were dead, since the start.
    pub expirations: Option<u64>,
    /// Entries that a caller removed, by key or by `clear`, since the start.
    pub removals: Option<u64>,
    /// What the servers of a shared store count, of everything they hold, whoever owns it.
    pub server_wide: Option<ServerWide>,
}

/// What the servers of a shared store count: of everything they hold, other applications' included, since they started. It
/// is never to be taken for figures of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServerWide {
    /// Everything that stands under a key.
    pub entries: Option<u64>,
    /// Bytes of memory in use.
    pub bytes: Option<u64>,
    /// The most bytes, if they are limited.
    pub max_bytes: Option<u64>,
    /// Keys that had to go for lack of room.
    pub evictions: Option<u64>,
    /// Keys that went at the end of their time.
    pub expirations: Option<u64>,
}
