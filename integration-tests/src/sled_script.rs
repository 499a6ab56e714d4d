//! What a process writes to sled until it is killed: a sequence that its seed decides, with values that say what they are.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Clock, CodecKind, Entry, Epoch, Lifetime, Meta, OwnedKey, Result, Space, SystemClock, Ttl,
};

/// How many ids there are.
pub const IDS: u64 = 300;

/// One step of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of this version is put.
    Put(u64),
    /// The entry is removed.
    Remove,
}

/// The steps of one round: the same for all who know its number and its seed.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// Rounds on one directory have rising numbers.
    pub round: u64,
    /// What decides the steps.
    pub seed: u64,
}

impl Script {
    /// Returns the id and the step of a number.
    #[must_use]
    pub fn step(&self, number: u64) -> (u64, Step) {
        let dice = mixed(self.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let step = if (dice >> 32).is_multiple_of(8) {
            Step::Remove
        } else {
            Step::Put((self.round << 32) | number)
        };
        (dice % IDS, step)
    }

    /// Says whether the process flushes after a step.
    #[must_use]
    pub fn flushes_after(&self, number: u64) -> bool {
        mixed(self.seed.rotate_left(7) ^ number).is_multiple_of(40)
    }

    /// Returns the step number of a version of this round.
    #[must_use]
    pub fn number_of(&self, version: u64) -> Option<u64> {
        (version >> 32 == self.round).then_some(version & u64::from(u32::MAX))
    }
}

/// Mixes the bits of a number.
#[must_use]
pub const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the payload of a version of an id: id, version, and bytes that only these two have. A few are large enough for
/// a file of their own.
#[must_use]
pub fn payload(id: u64, version: u64) -> Bytes {
    let dice = mixed(id.rotate_left(32) ^ version);
    let words = if dice.is_multiple_of(150) {
        20_000
    } else {
        dice % 400
    };
    let mut bytes = Vec::new();
    for word in [id, version]
        .into_iter()
        .chain((0..words).map(|at| mixed(dice ^ at)))
    {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.into()
}

/// Reads the version of a payload; `None` if it is not exactly what was written for this id.
#[must_use]
pub fn version_of(id: u64, bytes: &Bytes) -> Option<u64> {
    let (_, rest) = bytes.split_first_chunk::<8>()?;
    let version = u64::from_le_bytes(*rest.first_chunk::<8>()?);
    (payload(id, version) == bytes).then_some(version)
}

/// Returns the key of an id.
///
/// # Errors
/// None: the names are in the grammar.
pub fn key(id: u64) -> Result<OwnedKey> {
    let space = Space::new("crash", "entry", 1)?;
    OwnedKey::new(space, Epoch(1), id.to_string().into_bytes())
}

/// Returns the entry of a version.
#[must_use]
pub fn entry(id: u64, version: u64) -> Entry {
    let now = SystemClock::new().now();
    // Different ends, so that the index is written in all places.
    let ttl = Duration::from_secs(3_600 + mixed(version) % 3_600);
    let life = Lifetime::starting(now, Ttl::After(ttl), Duration::ZERO);
    Entry::encoded(Meta::new(now, life), CodecKind::Json, payload(id, version))
}
