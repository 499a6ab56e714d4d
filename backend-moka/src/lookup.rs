//! Looking keys up by reference, by the hash that they carry.
//!
//! moka takes everything from this one hash: the segment of its table from the top 6 bits, the place in the segment from the
//! low bits, the counters of its frequency sketch from the low 2 bits and four multiplications of the whole. A key's hash
//! is well mixed in all 64 bits, so none of these needs another round.

use std::hash::{BuildHasher, Hash, Hasher};

use cache_core::{Key, OwnedKey};
use moka::Equivalent;

/// A borrowed key, as moka is asked for it: nothing is copied for a look-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup<'k, 'a>(pub(crate) &'k Key<'a>);

impl Hash for Lookup<'_, '_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash());
    }
}

impl Equivalent<OwnedKey> for Lookup<'_, '_> {
    #[inline]
    fn equivalent(&self, key: &OwnedKey) -> bool {
        *self.0 == key.as_key()
    }
}

/// Makes hashers that pass through the hash that a key writes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CarriedHash;

impl BuildHasher for CarriedHash {
    type Hasher = Carried;

    #[inline]
    fn build_hasher(&self) -> Carried {
        Carried(0)
    }
}

/// Holds what was written last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried(u64);

impl Hasher for Carried {
    #[inline]
    fn write_u64(&mut self, hash: u64) {
        // A second value would only come with what moka adds to a key in tables that are not used here.
        self.0 = self.0.rotate_left(1) ^ hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use cache_core::{Epoch, Space};

    use super::*;

    #[test]
    fn borrowed_and_owned_keys_hash_to_what_they_carry() {
        let space = Space::new("lookup", "a", 1).unwrap();
        let key = Key::new(&space, Epoch(3), b"30000142").unwrap();
        let owned = key.to_owned();
        assert_eq!(CarriedHash.hash_one(Lookup(&key)), key.hash());
        assert_eq!(CarriedHash.hash_one(&owned), key.hash());
        assert!(Lookup(&key).equivalent(&owned));
        let other = Key::new(&space, Epoch(3), b"30000143").unwrap();
        assert!(!Lookup(&other).equivalent(&owned));
    }

    /// moka's segment is the top 6 bits, its bucket and its sketch begin at the low ones.
    #[test]
    fn running_ids_spread_over_segments_and_buckets() {
        let space = Space::new("lookup", "b", 1).unwrap();
        let (mut segments, mut buckets) = ([0_u32; 64], [0_u32; 64]);
        for id in 0..64_000_u32 {
            let hash = Key::new(&space, Epoch(0), id.to_string().as_bytes())
                .unwrap()
                .hash();
            segments[usize::try_from(hash >> 58).unwrap()] += 1;
            buckets[usize::try_from(hash & 63).unwrap()] += 1;
        }
        // 1,000 are expected in each; the standard deviation is 31.
        for count in segments.into_iter().chain(buckets) {
            assert!((800..1_200).contains(&count), "{count}");
        }
    }
}
