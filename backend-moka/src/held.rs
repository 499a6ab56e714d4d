//! What moka keeps under a key, and what it weighs.

use std::sync::Arc;

use cache_core::{AnyShared, Entry, Found, Key, Meta, Payload, Result};

use crate::config::Capacity;
use crate::error;

/// An entry as it is stored: behind one pointer, which is all that a hit copies.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    kept: Kept,
    /// The generation of the key's space at the time of the write; another one now means that it was cleared.
    pub(crate) generation: u32,
    /// What is accounted, in bytes.
    pub(crate) weight: u32,
}

/// A value as it is, or anything else.
#[derive(Clone, Debug)]
enum Kept {
    Shared(Arc<dyn AnyShared>),
    Entry(Arc<Entry>),
}

impl Held {
    pub(crate) fn new(entry: Entry, generation: u32, weight: u32) -> Self {
        let kept = match entry {
            Entry {
                meta,
                payload: Payload::Object(object),
                extensions,
            } => Kept::Shared(object.share(meta, extensions)),
            other => Kept::Entry(Arc::new(other)),
        };
        Self {
            kept,
            generation,
            weight,
        }
    }

    #[inline(always)]
    pub(crate) fn meta(&self) -> &Meta {
        match &self.kept {
            Kept::Shared(shared) => shared.meta(),
            Kept::Entry(entry) => &entry.meta,
        }
    }

    #[inline(always)]
    pub(crate) fn into_found(self) -> Found {
        match self.kept {
            Kept::Shared(shared) => Found::Shared(shared),
            Kept::Entry(entry) => Found::Entry(Entry::clone(&entry)),
        }
    }

    pub(crate) fn to_entry(&self) -> Entry {
        match &self.kept {
            Kept::Shared(shared) => shared.to_entry(),
            Kept::Entry(entry) => Entry::clone(entry),
        }
    }
}

/// What an entry costs beside its value and the bytes of its id. Measured (`benches/memory.rs`): 380 bytes after the first
/// write of a key, 460 after the second, since moka then keeps the key twice.
pub(crate) const ENTRY_OVERHEAD: u32 = 420;

/// What may be stored, by weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) capacity: Capacity,
    pub(crate) max_payload: u32,
}

impl Limits {
    /// Returns what is accounted for an entry.
    ///
    /// `Arc<dyn Object>` has no size, so an object weighs what its meta says; encoded bytes weigh at least their length.
    pub(crate) fn weigh(&self, key: Key<'_>, entry: &Entry) -> Result<u32> {
        let encoded = match &entry.payload {
            Payload::Encoded(bytes) => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            Payload::Object(_) | Payload::Negative | Payload::Lease => 1,
        };
        let payload = entry.meta.weight.max(encoded).max(1);
        if payload > self.max_payload {
            return Err(error::too_large());
        }
        let id = u32::try_from(key.id().len()).unwrap_or(u32::MAX);
        let weight = payload.saturating_add(id).saturating_add(ENTRY_OVERHEAD);
        match self.capacity {
            Capacity::Bytes(most) if u64::from(weight) > most => Err(error::too_large()),
            Capacity::Bytes(_) | Capacity::Entries(_) => Ok(weight),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cache_core::{Epoch, ErrorKind, Lifetime, Meta, Space, Timestamp, Ttl};

    use super::*;

    const LIMITS: Limits = Limits {
        capacity: Capacity::Bytes(10_000),
        max_payload: 9_000,
    };

    fn object(weight: u32) -> Entry {
        let now = Timestamp::from_millis(1);
        let meta = Meta {
            weight,
            ..Meta::new(
                now,
                Lifetime::starting(now, Ttl::Never, std::time::Duration::ZERO),
            )
        };
        Entry::object(meta, Arc::new(0_u8))
    }

    fn weigh(limits: Limits, entry: &Entry) -> Result<u32> {
        let space = Space::new("held", "a", 1)?;
        limits.weigh(Key::new(&space, Epoch(0), b"12345678")?, entry)
    }

    #[test]
    fn weight_is_value_plus_id_plus_overhead_and_never_less_than_one_byte_of_value() {
        assert_eq!(weigh(LIMITS, &object(100)).unwrap(), 108 + ENTRY_OVERHEAD);
        assert_eq!(weigh(LIMITS, &object(0)).unwrap(), 9 + ENTRY_OVERHEAD);
    }

    #[test]
    fn encoded_bytes_weigh_at_least_their_length() {
        let bytes = vec![0; 500].into();
        let entry = Entry::encoded(object(1).meta, cache_core::CodecKind::Json, bytes);
        assert_eq!(weigh(LIMITS, &entry).unwrap(), 508 + ENTRY_OVERHEAD);
    }

    #[test]
    fn too_large_is_over_either_limit() {
        assert!(weigh(LIMITS, &object(9_000)).is_ok());
        let by_entries = Limits {
            capacity: Capacity::Entries(1),
            ..LIMITS
        };
        let by_bytes = Limits {
            max_payload: u32::MAX,
            ..LIMITS
        };
        for (limits, weight) in [
            (LIMITS, 9_001),
            (by_entries, 9_001),
            (by_bytes, 9_999),
            (by_bytes, u32::MAX),
        ] {
            let error = weigh(limits, &object(weight)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{weight}");
        }
    }
}
