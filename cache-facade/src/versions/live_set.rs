//! The live set of a domain: the addresses under which releases may be at work, one record on the store that they share.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use cache_core::{Epoch, Space, Timestamp};
use serde::{Deserialize, Serialize};

use super::record::Record;
use super::standing::{ABANDONED_AFTER, before};

/// A record never has more rows. The one that was unseen for the longest time gives way; an address goes last.
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
    /// Drawn when the record is begun, so that one which was begun anew after a loss is told from one that has lost rows to a
    /// purge; 0 is none.
    #[serde(default, with = "hex")]
    id: u64,
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
    /// When it was first seen there; not known of rows that the first releases of this cache wrote.
    #[serde(default)]
    since: u64,
}

impl Row {
    fn is_of(&self, address: Address, release: &str) -> bool {
        self.address() == address && self.release == release
    }

    /// Whether it was seen at a moment or later.
    const fn is_at_work(&self, since: Timestamp) -> bool {
        self.seen >= since.as_millis()
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
        let at_work = before(now, ABANDONED_AFTER);
        let mut known = self.rows.iter().filter(|row| row.is_at_work(at_work));
        let known = known.find(|row| row.is_of(address, release));
        let since = known.map_or(now.as_millis(), |row| row.since);
        if self.id == 0 {
            self.id = RandomState::new().hash_one(release) | 1;
        }
        self.rows.retain(|row| !row.is_of(address, release));
        self.push(Row {
            epoch: address.epoch.0,
            schema: address.schema,
            release: release.to_owned(),
            seen: now.as_millis(),
            since,
        });
    }

    /// Says whether it is another record than this one, which was begun anew.
    pub(super) const fn is_another(&self, known: &Self) -> bool {
        self.id != known.id
    }

    /// Takes back the rows of a set that was lost, and says whether there were any. Changes count on them from now on: one that
    /// is under way may have found them missing.
    pub(super) fn restore(&mut self, lost: &Self, now: Timestamp) -> bool {
        let is_known = |row: &Row| {
            let mut known = self.rows.iter();
            known.any(|known| known.is_of(row.address(), &row.release))
        };
        let missing = lost.rows.iter().filter(|row| !is_known(row));
        let missing: Vec<Row> = missing.cloned().collect();
        let has_missed = !missing.is_empty();
        let since = now.as_millis();
        for row in missing {
            self.push(Row { since, ..row });
        }
        has_missed
    }

    fn push(&mut self, row: Row) {
        while self.rows.len() >= MOST_ROWS {
            let Some(place) = self.least() else { break };
            self.rows.remove(place);
        }
        self.rows.push(row);
    }

    /// Returns the place of the row that tells least: changes have to reach every address, by whichever of its rows.
    fn least(&self) -> Option<usize> {
        let is_only = |row: &Row| {
            let rows = self.rows.iter();
            rows.filter(|other| other.address() == row.address())
                .count()
                == 1
        };
        let rows = self.rows.iter().enumerate();
        let least = rows.min_by_key(|(_, row)| (is_only(row), row.seen));
        least.map(|(place, _)| place)
    }

    /// Returns at how many addresses somebody was seen at a moment or later.
    pub(super) fn seen_since(&self, moment: Timestamp) -> usize {
        let seen = self.rows.iter().filter(|row| row.is_at_work(moment));
        let addresses = seen.map(Row::address);
        addresses.collect::<BTreeSet<_>>().len()
    }

    /// Returns since when changes count on somebody at an address, of those who were seen at a moment or later; `None` if there is
    /// nobody.
    pub(super) fn since(&self, address: Address, moment: Timestamp) -> Option<Timestamp> {
        let rows = self.rows.iter().filter(|row| row.is_at_work(moment));
        let rows = rows.filter(|row| row.address() == address);
        rows.map(|row| Timestamp::from_millis(row.since)).min()
    }

    /// Returns every address once.
    pub(super) fn addresses(&self) -> BTreeSet<Address> {
        self.rows.iter().map(Row::address).collect()
    }

    /// Returns every address with its releases, and when each was last seen.
    pub(super) fn by_address(&self) -> BTreeMap<Address, Vec<(&str, Timestamp)>> {
        let mut addresses = BTreeMap::<_, Vec<_>>::new();
        for row in &self.rows {
            let seen = (row.release.as_str(), Timestamp::from_millis(row.seen));
            addresses.entry(row.address()).or_default().push(seen);
        }
        addresses
    }

    /// Takes the rows of an address away that were last seen before a moment, but those of some releases. Returns how many.
    pub(super) fn forget(&mut self, address: Address, before: Timestamp, kept: &[String]) -> usize {
        let rows = self.rows.len();
        self.rows.retain(|row| {
            let is_kept = kept.contains(&row.release);
            row.address() != address || row.seen >= before.as_millis() || is_kept
        });
        rows - self.rows.len()
    }
}

impl Record for LiveSet {
    const WHAT: &'static str = "the record of releases that share this domain";
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
    use bytes::Bytes;
    use cache_core::{CodecKind, Entry, ErrorKind, Found};

    use super::super::record;
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
        assert_eq!(
            set.since(OLD, at(0)),
            Some(at(1)),
            "not since it was renewed"
        );
        assert_eq!(set.addresses().len(), 1);
        assert_eq!(set.seen(OLD, "2.0.0"), None);
    }

    #[test]
    fn who_comes_back_to_an_abandoned_address_is_a_newcomer() {
        let mut set = LiveSet::default();
        let hour = 3_600_000;
        set.enter(OLD, "1.4.0", at(1));
        set.enter(OLD, "1.4.1", at(2 * hour));
        assert_eq!(set.since(OLD, at(hour)), Some(at(2 * hour)));
        set.enter(OLD, "1.4.0", at(3 * hour));
        assert_eq!(set.since(OLD, at(3 * hour)), Some(at(3 * hour)));
        assert_eq!(set.since(OLD, at(4 * hour)), None);
    }

    #[test]
    fn what_was_lost_is_taken_back_beside_what_is_there() {
        let mut lost = LiveSet::default();
        lost.enter(OLD, "1.4.0", at(1));
        lost.enter(OLD, "1.4.1", at(2));
        let mut set = LiveSet::default();
        set.enter(OLD, "1.4.1", at(8));
        assert!(set.is_another(&lost));
        assert!(set.restore(&lost, at(9)), "1.4.0 was missing");
        assert!(!set.restore(&lost, at(10)));
        let rows = set.by_address().remove(&OLD).unwrap();
        assert_eq!(rows, [("1.4.1", at(8)), ("1.4.0", at(1))]);
        let since: Vec<u64> = set.rows.iter().map(|row| row.since).collect();
        assert_eq!(since, [8, 9]);
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let mut set = LiveSet::default();
        set.enter(OLD, "1.4.0-rc.1+\"quoted\"", at(u64::MAX >> 1));
        let entry = record::to_entry(&set).unwrap();
        assert_eq!(entry.meta.dead_at, Timestamp::NEVER);
        assert_eq!(record::read(&Found::Entry(entry)).unwrap(), Some(set));
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
            let meta = record::to_entry(&LiveSet::default()).unwrap().meta;
            let entry = Entry::encoded(meta, CodecKind::Json, Bytes::from(bytes));
            let error = record::read::<LiveSet>(&Found::Entry(entry)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Codec, "{bytes}");
        }
    }

    #[test]
    fn rows_that_were_unseen_leave_but_for_those_of_kept_releases() {
        let mut set = LiveSet::default();
        for (release, seen) in [("1.4.0", 1), ("1.4.1", 1), ("1.4.2", 9)] {
            set.enter(OLD, release, at(seen));
        }
        assert_eq!(set.forget(OLD, at(9), &["1.4.1".to_owned()]), 1);
        let rows = set.by_address().remove(&OLD).unwrap();
        assert_eq!(rows, [("1.4.1", at(1)), ("1.4.2", at(9))]);
    }

    #[test]
    fn where_rows_are_many_an_address_stays_as_long_as_another_has_two() {
        let mut set = LiveSet::default();
        let retired = Address {
            epoch: Epoch(1),
            schema: 1,
        };
        set.enter(retired, "1.0.0", at(1));
        for patch in 0..1_000 {
            set.enter(OLD, &format!("2.0.{patch}"), at(10 + patch));
        }
        assert_eq!(set.rows.len(), MOST_ROWS);
        assert_eq!(set.seen(retired, "1.0.0"), Some(at(1)));
        assert_eq!(set.seen(OLD, "2.0.0"), None);
        assert_eq!((set.seen_since(at(1)), set.seen_since(at(2))), (2, 1));
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
