//! Entries as some process wrote them some time ago.

use bytes::Bytes;
use std::time::Duration;

use cache_core::{
    Clock, CodecKind, Entry, Extensions, Lifetime, Meta, OwnedKey, SystemClock, Ttl, address,
    envelope,
};

use crate::place::Place;

/// The meta of what was written `age` ago, fresh for `fresh` in all and stale for an hour more.
pub(crate) fn meta(age: u64, fresh: u64) -> Meta {
    let now = SystemClock::new().now().as_millis();
    let created = cache_core::Timestamp::from_millis(now - age * 1_000);
    let ttl = Ttl::After(Duration::from_secs(fresh));
    Meta::new(
        created,
        Lifetime::starting(created, ttl, Duration::from_secs(3_600)),
    )
}

/// Half of its two hours are over.
pub(crate) fn json(value: impl Into<Bytes>) -> Entry {
    Entry::encoded(meta(3_600, 7_200), CodecKind::Json, value.into())
}

pub(crate) fn with_etag(entry: Entry, etag: &str) -> Entry {
    entry.with_extensions(Extensions::new().with_etag(etag))
}

pub(crate) fn bytes_of(key: &OwnedKey, entry: &Entry) -> Vec<u8> {
    envelope::encode(key.as_key().space().schema(), entry).unwrap()
}

impl Place {
    /// Plants an entry; returns its address.
    pub(crate) fn plant(&self, key: &OwnedKey, entry: &Entry) -> String {
        let address = address::entry(&key.as_key());
        self.set(&address, &bytes_of(key, entry));
        address
    }

    /// Plants an entry of an id, in epoch 1 and schema 0xff.
    pub(crate) fn plant_id(&self, id: &[u8], entry: &Entry) -> String {
        self.plant(&self.key(1, 0xff, id), entry)
    }
}
