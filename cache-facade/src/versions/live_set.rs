//! The live set of a domain: the addresses under which releases may be at work, one record on the store that they share.

use std::collections::BTreeSet;

use bytes::Bytes;
use cache_core::{
    CodecKind, Entry, Epoch, Error, ErrorKind, Lifetime, Meta, Payload, Result, Space, Timestamp,
    Ttl,
};
use serde::{Deserialize, Serialize};

/// A record never has more rows. The one that was unseen for the longest time gives way.
const MOST_ROWS: usize = 128;

/// Where a release's entries of one domain stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) epoch: Epoch,
    pub(super) schema: u64,
}

impl Address {
    pub(super) fn of(space: &Space, epoch: Epoch) -> Self {
        Self {
            epoch,
            schema: space.schema(),
        }
    }
}

/// The record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LiveSet {
    rows: Vec<Row>,
}

/// A release at an address: one row for all its processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    epoch: u64,
    #[serde(with = "hex")]
    schema: u64,
    release: String,
    /// In milliseconds since 1970.
    seen: u64,
}

impl Row {
    fn is_of(&self, address: Address, release: &str) -> bool {
        self.address() == address && self.release == release
    }

    const fn address(&self) -> Address {
        Address {
            epoch: Epoch(self.epoch),
            schema: self.schema,
        }
    }
}

impl LiveSet {
    /// Returns when a release was last seen at an address; `None` if it has no row.
    pub(super) fn seen(&self, address: Address, release: &str) -> Option<Timestamp> {
        let row = self.rows.iter().find(|row| row.is_of(address, release))?;
        Some(Timestamp::from_millis(row.seen))
    }

    /// Takes note that a release is seen at an address.
    pub(super) fn enter(&mut self, address: Address, release: &str, now: Timestamp) {
        self.rows.retain(|row| !row.is_of(address, release));
        while self.rows.len() >= MOST_ROWS {
            let unseen = self.rows.iter().enumerate().min_by_key(|(_, row)| row.seen);
            let Some((place, _)) = unseen else { break };
            self.rows.remove(place);
        }
        self.rows.push(Row {
            epoch: address.epoch.0,
            schema: address.schema,
            release: release.to_owned(),
            seen: now.as_millis(),
        });
    }

    /// Returns every address once.
    pub(super) fn addresses(&self) -> BTreeSet<Address> {
        self.rows.iter().map(Row::address).collect()
    }

    /// Says whether two addresses have the same epoch: then one release may take over values of another.
    pub(super) fn is_crowded(&self) -> bool {
        let addresses = self.addresses();
        let epochs: BTreeSet<Epoch> = addresses.iter().map(|one| one.epoch).collect();
        epochs.len() < addresses.len()
    }

    /// Makes the entry that holds it: JSON, whatever codecs there are, and without an end.
    pub(super) fn to_entry(&self, now: Timestamp) -> Result<Entry> {
        let bytes = serde_json::to_vec(self).map_err(|_| unreadable())?;
        let meta = Meta::new(
            now,
            Lifetime::starting(now, Ttl::Never, std::time::Duration::ZERO),
        );
        Ok(Entry::encoded(meta, CodecKind::Json, Bytes::from(bytes)))
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// `Codec` if it is no live set that this release understands.
    pub(super) fn of_entry(entry: &Entry) -> Result<Self> {
        match &entry.payload {
            Payload::Encoded(bytes) => serde_json::from_slice(bytes).map_err(|_| unreadable()),
            _ => Err(unreadable()),
        }
    }
}

pub(super) fn unreadable() -> Error {
    Error::new(
        ErrorKind::Codec,
        "the record of releases that share this domain is not readable; accepted: what a release of this cache wrote",
    )
}

/// A fingerprint as in addresses. As a number, many readers of JSON would round it.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(schema: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{schema:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(|_| D::Error::custom("16 hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Address = Address {
        epoch: Epoch(1 << 32),
        schema: u64::MAX,
    };

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_release_has_one_row_however_often_it_is_seen() {
        let mut set = LiveSet::default();
        set.enter(OLD, "1.4.0", at(1));
        set.enter(OLD, "1.4.1", at(2));
        set.enter(OLD, "1.4.0", at(3));
        assert_eq!(set.rows.len(), 2);
        assert_eq!(set.seen(OLD, "1.4.0"), Some(at(3)));
        assert_eq!(set.addresses().len(), 1);
        assert_eq!(set.seen(OLD, "2.0.0"), None);
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let mut set = LiveSet::default();
        set.enter(OLD, "1.4.0-rc.1+\"quoted\"", at(u64::MAX >> 1));
        let entry = set.to_entry(at(5)).unwrap();
        assert_eq!(LiveSet::of_entry(&entry).unwrap(), set);
        assert_eq!(entry.meta.dead_at, Timestamp::NEVER);
    }

    #[test]
    fn other_bytes_are_an_error() {
        for bytes in [
            "",
            "{}",
            "[]",
            r#"{"rows":[{"epoch":1}]}"#,
            r#"{"rows":[{"epoch":1,"schema":"xyz","release":"1.0.0","seen":1}]}"#,
        ] {
            let meta = LiveSet::default().to_entry(at(1)).unwrap().meta;
            let entry = Entry::encoded(meta, CodecKind::Json, Bytes::from(bytes));
            let error = LiveSet::of_entry(&entry).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Codec, "{bytes}");
        }
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let mut set = LiveSet::default();
        for number in 0..1_000 {
            let address = Address {
                epoch: Epoch(number),
                schema: 1,
            };
            set.enter(address, "1.0.0", at(1_000 - number));
        }
        assert_eq!(set.rows.len(), MOST_ROWS);
        let last = Address {
            epoch: Epoch(999),
            schema: 1,
        };
        assert!(set.seen(last, "1.0.0").is_some());
    }
}
