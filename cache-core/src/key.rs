//! Keys: a space, an epoch and an id, with the one hash that serves a whole operation.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::{Error, ErrorKind, Judge, Result, Space, Timestamp};

/// The longest id, in raw bytes. Longer ones are refused; hash them first ([`crate::KeyPart`] of a digest).
pub const MAX_ID_BYTES: usize = 1_024;

/// A number in every address, by which a release makes all older entries unreachable at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch of whatever crosses releases.
    pub const UNVERSIONED: Self = Self(0);
}

/// The key of one entry, as it travels through an operation: borrowed, `Copy`, hashed once.
///
/// Two keys are equal only if space, epoch and id are. The id is any bytes, 0 to [`MAX_ID_BYTES`].
#[derive(Clone, Copy)]
pub struct Key<'a> {
    space: &'a Space,
    epoch: Epoch,
    id: &'a [u8],
    hash: u64,
    asked_at: Timestamp,
}

impl<'a> Key<'a> {
    /// Makes the key of an id.
    ///
    /// # Errors
    /// `InvalidKey` if the id is longer than [`MAX_ID_BYTES`].
    #[inline(always)]
    pub fn new(space: &'a Space, epoch: Epoch, id: &'a [u8]) -> Result<Self> {
        if id.len() > MAX_ID_BYTES {
            return Err(too_long());
        }
        let mut hasher = space.hasher();
        hasher.write_u64(epoch.0);
        hasher.write(id);
        Ok(Self {
            space,
            epoch,
            id,
            hash: hasher.finish(),
            asked_at: Timestamp::ZERO,
        })
    }

    /// Adds the moment of the operation, read from the coarse clock, so that a hit reads the clock once.
    #[must_use]
    #[inline(always)]
    pub fn asked_at(self, moment: Timestamp) -> Self {
        Self {
            asked_at: moment,
            ..self
        }
    }

    /// Returns the moment of the operation, or what the clock of a judge says now if the asker read none.
    #[must_use]
    #[inline(always)]
    pub fn moment(&self, judge: &Judge) -> Timestamp {
        if self.asked_at == Timestamp::ZERO {
            judge.clock().coarse()
        } else {
            self.asked_at
        }
    }

    /// Returns namespace, domain and schema.
    #[must_use]
    #[inline]
    pub fn space(&self) -> &'a Space {
        self.space
    }

    /// Returns the epoch.
    #[must_use]
    #[inline]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns the raw bytes of the id.
    #[must_use]
    #[inline]
    pub fn id(&self) -> &'a [u8] {
        self.id
    }

    /// Returns the hash of space, epoch and id. Its seed is random per process: never keep or send it.
    #[must_use]
    #[inline]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Copies the key, for what outlives the operation.
    #[must_use]
    pub fn to_owned(&self) -> OwnedKey {
        OwnedKey {
            space: self.space.clone(),
            epoch: self.epoch,
            id: self.id.into(),
            hash: self.hash,
        }
    }
}

#[cold]
fn too_long() -> Error {
    Error::new(
        ErrorKind::InvalidKey,
        "the id is longer than 1,024 bytes; hash it first",
    )
}

impl PartialEq for Key<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.epoch == other.epoch
            && self.space == other.space
            && self.id == other.id
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    /// Writes the carried hash: meant for a hasher that passes it through.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for Key<'_> {
    /// Leaves the id out: keys are other people's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Key({:?}, epoch {}, {} bytes)",
            self.space,
            self.epoch.0,
            self.id.len()
        )
    }
}

/// A key that owns its parts: what a store keeps and what a scan yields.
#[derive(Clone)]
pub struct OwnedKey {
    space: Space,
    epoch: Epoch,
    id: Box<[u8]>,
    hash: u64,
}

impl OwnedKey {
    /// Makes an owned key.
    ///
    /// # Errors
    /// `InvalidKey` if the id is longer than [`MAX_ID_BYTES`].
    pub fn new(space: Space, epoch: Epoch, id: impl Into<Box<[u8]>>) -> Result<Self> {
        let id = id.into();
        let hash = Key::new(&space, epoch, &id)?.hash;
        Ok(Self {
            space,
            epoch,
            id,
            hash,
        })
    }

    /// Borrows it as the key of an operation.
    #[must_use]
    #[inline]
    pub fn as_key(&self) -> Key<'_> {
        Key {
            space: &self.space,
            epoch: self.epoch,
            id: &self.id,
            hash: self.hash,
            asked_at: Timestamp::ZERO,
        }
    }

    /// Returns the hash that a key of the same parts carries.
    #[must_use]
    #[inline]
    pub fn hash(&self) -> u64 {
        self.hash
    }
}

impl PartialEq for OwnedKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_key() == other.as_key()
    }
}

impl Eq for OwnedKey {}

impl Hash for OwnedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for OwnedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_key().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_takes_part_in_equality_and_hash() {
        let space = Space::new("keys", "a", 1).unwrap();
        let key = Key::new(&space, Epoch(1), b"id").unwrap();
        let others = [
            (Space::new("keys2", "a", 1).unwrap(), Epoch(1), &b"id"[..]),
            (Space::new("keys", "b", 1).unwrap(), Epoch(1), b"id"),
            (Space::new("keys", "a", 2).unwrap(), Epoch(1), b"id"),
            (space.clone(), Epoch(2), b"id"),
            (space.clone(), Epoch(1), b"id2"),
            (space.clone(), Epoch(1), b""),
        ];
        for (space, epoch, id) in &others {
            let other = Key::new(space, *epoch, id).unwrap();
            assert!(key != other && key.hash() != other.hash());
        }
        assert_eq!(key.to_owned().as_key(), key);
    }

    #[test]
    fn ids_of_1024_bytes_are_the_limit() {
        let space = Space::new("keys", "a", 1).unwrap();
        assert!(Key::new(&space, Epoch(0), &[0; 1_024]).is_ok());
        assert_eq!(
            Key::new(&space, Epoch(0), &[0; 1_025]).unwrap_err().kind(),
            ErrorKind::InvalidKey
        );
    }

    #[test]
    fn debug_holds_no_id() {
        let space = Space::new("keys", "a", 1).unwrap();
        assert!(
            !format!("{:?}", Key::new(&space, Epoch(0), b"secret").unwrap()).contains("secret")
        );
    }
}
