//! Schema drift: two releases with two versions of one type share a store, and neither ever reads a wrong value.
//!
//! Each module of `tests/changes` is one change, with the type before and after it. [`never_meet`] tries every codec in
//! both directions, so an upgrade, a rolling deploy and a downgrade are the same test. [`misread`] shows why: it reads
//! without the envelope what another version wrote.

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    CodecKind, Entry, Epoch, Error, Found, Judge, Key, Lifetime, Meta, Payload, Reason, Space, Ttl,
    address, envelope,
};
use cache_facade::Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A version of a type.
pub trait Version: Schema + Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Schema + Serialize + DeserializeOwned + PartialEq + Debug> Version for T {}

/// Asserts that neither version reads what the other stored, by any codec, and that each reads its own beside the other's.
///
/// Of `codecs` it is asserted that they read both versions back. The others may fail to write or to read (a binary codec,
/// and a type that only JSON can read); what they do write is looked for all the same.
///
/// # Panics
/// That is how it tells.
pub fn never_meet<A: Version, B: Version>(before: &[A], after: &[B], codecs: &[CodecKind]) {
    assert_ne!(
        A::FINGERPRINT,
        B::FINGERPRINT,
        "the fingerprint did not move"
    );
    for codec in CodecKind::ALL {
        for (a, b) in pairs(before, after) {
            never_reads::<A, B>(codec, a);
            never_reads::<B, A>(codec, b);
            if codecs.contains(&codec) {
                stand_beside(codec, a, b);
            }
        }
    }
}

/// Stores a value of one version, and looks for it with the other.
fn never_reads<W: Version, R: Version>(codec: CodecKind, written: &W) {
    let mut store = Store::default();
    let Some(address) = store.write(codec, written) else {
        return;
    };
    assert!(store.at_own_address::<R>().is_none(), "{codec:?}");
    let found = store.found::<R>(&address);
    assert!(
        matches!(found, Some(Found::Unreadable(Reason::Schema))),
        "{codec:?}: {found:?}"
    );
}

/// Stores a value of each version under the one id, and reads each back.
fn stand_beside<A: Version, B: Version>(codec: CodecKind, a: &A, b: &B) {
    let mut store = Store::default();
    let written = (store.write(codec, a), store.write(codec, b));
    assert!(written.0.is_some() && written.1.is_some(), "{codec:?}");
    assert_eq!(store.read::<A>().as_ref(), Some(a), "{codec:?}");
    assert_eq!(store.read::<B>().as_ref(), Some(b), "{codec:?}");
}

/// Reads as `B` the bare payload of an `A`, as a cache without envelope and schema would; `None` if that fails.
pub fn misread<A: Version, B: Version>(codec: CodecKind, value: &A) -> Option<B> {
    codec.decode(&codec.encode(value).ok()?).ok()
}

/// Every value of one side with one of the other.
fn pairs<'a, A, B>(before: &'a [A], after: &'a [B]) -> impl Iterator<Item = (&'a A, &'a B)> {
    let (many, some) = (before.iter().cycle(), after.iter().cycle());
    many.zip(some).take(before.len().max(after.len()))
}

/// A store of bytes as every release sees it: one id in one domain.
#[derive(Debug, Default)]
struct Store {
    bytes: HashMap<String, Bytes>,
}

impl Store {
    /// Stores a value under its own address, and returns that; `None` if the codec cannot write it.
    fn write<T: Version>(&mut self, codec: CodecKind, value: &T) -> Option<String> {
        let payload = codec.encode(value).ok()?;
        let now = Judge::default().clock().now();
        let meta = Meta::new(now, Lifetime::starting(now, Ttl::Never, Duration::ZERO));
        let entry = Entry::encoded(meta, codec, payload.into());
        let address = own_address::<T>().ok()?;
        let bytes = envelope::encode(T::FINGERPRINT, &entry)?;
        self.bytes.insert(address.clone(), bytes.into());
        Some(address)
    }

    /// What a release with this type finds at an address.
    fn found<T: Version>(&self, address: &str) -> Option<Found> {
        let bytes = self.bytes.get(address)?;
        Some(envelope::read(&Judge::default(), bytes, T::FINGERPRINT))
    }

    fn at_own_address<T: Version>(&self) -> Option<Found> {
        self.found::<T>(&own_address::<T>().ok()?)
    }

    fn read<T: Version>(&self) -> Option<T> {
        let Found::Entry(entry) = self.at_own_address::<T>()? else {
            return None;
        };
        let Payload::Encoded(payload) = entry.payload else {
            return None;
        };
        entry.meta.codec?.decode(&payload).ok()
    }
}

/// The address of the one id, as the schema of a type spells it.
fn own_address<T: Schema>() -> Result<String, Error> {
    let space = Space::new("drift", "pilot", T::FINGERPRINT)?;
    let key = Key::new(&space, Epoch::UNVERSIONED, b"7")?;
    Ok(address::entry(&key))
}

/// The examples of cache-derive, which cannot run them itself.
#[cfg(doctest)]
mod examples {
    #[doc = include_str!("../../../cache-derive/README.md")]
    mod readme {}
    #[doc = include_str!("../../../cache-derive/src/schema.md")]
    mod schema {}
    #[doc = include_str!("../../../cache-derive/src/cacheable.md")]
    mod cacheable {}
}
