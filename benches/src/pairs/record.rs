//! What is stored: a small record and one of 4 KiB, and the stock of them that both sides hold.

use std::sync::Arc;

use cache_facade::Cacheable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::pilot::Pilot;
use crate::random::Random;
use crate::workload::{TEXT_BYTES, Workload};

use super::side::BATCH;

/// How many records there are.
pub(crate) const KEYS: usize = 1_000;

/// The letters in a [`Sheet`].
const LETTERS: usize = 4_096;

/// A value that says which one it is.
pub(crate) trait Record: Cacheable + Serialize + DeserializeOwned {
    fn new(number: u64) -> Self;

    /// The id it stands under: a look-up is right if it finds this.
    fn number(&self) -> u64;
}

impl Record for Pilot {
    fn new(number: u64) -> Self {
        Self::new(number)
    }

    fn number(&self) -> u64 {
        self.number
    }
}

/// A record of 4 KiB of text: what a page of a description takes.
#[derive(Cacheable, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "sheet", ttl = "1h")]
pub(crate) struct Sheet {
    number: u64,
    text: String,
}

impl Record for Sheet {
    fn new(number: u64) -> Self {
        let mut random = Random::new(number);
        let letters = (b'a'..=b'z').map(char::from).cycle();
        let text = letters.skip(random.below(26)).take(LETTERS).collect();
        Self { number, text }
    }

    fn number(&self) -> u64 {
        self.number
    }
}

/// The records of one type. They are made beforehand: what is measured is storing and finding them.
#[derive(Debug)]
pub(crate) struct Stock<R> {
    /// The ids, and then the first ones again, so that a batch may begin at any of them.
    ids: Vec<u64>,
    records: Vec<Arc<R>>,
}

impl<R: Record> Stock<R> {
    pub(crate) fn new() -> Self {
        let workload = Workload::new(KEYS, TEXT_BYTES);
        let ids: Vec<u64> = workload.keys().iter().map(|id| id.number).collect();
        Self {
            records: ids.iter().map(|id| Arc::new(R::new(*id))).collect(),
            ids: ids.iter().chain(ids.iter().take(BATCH)).copied().collect(),
        }
    }

    /// Returns the record at a place, and its id; after the last comes the first.
    pub(crate) fn at(&self, place: usize) -> Option<(u64, &Arc<R>)> {
        let place = place % self.records.len();
        Some((*self.ids.get(place)?, self.records.get(place)?))
    }

    /// Returns as many ids as a batch has, from a place on.
    pub(crate) fn batch_at(&self, place: usize) -> &[u64] {
        let place = place % self.records.len();
        self.ids.get(place..place + BATCH).unwrap_or_default()
    }

    /// Returns every record.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Arc<R>)> {
        self.ids.iter().copied().zip(&self.records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_record_comes_the_first() {
        let stock = Stock::<Pilot>::new();
        assert_eq!(stock.all().count(), KEYS);
        for place in [0, 1, KEYS - 1, KEYS, KEYS * 3 - 7] {
            let (id, record) = stock.at(place).unwrap();
            assert_eq!(id, record.number());
            assert_eq!(stock.batch_at(place).len(), BATCH);
            assert_eq!(stock.batch_at(place).first(), Some(&id));
        }
    }

    /// The sizes that the tables name.
    #[test]
    fn records_have_66_bytes_and_4_kib() {
        let bytes = |record: &dyn Fn() -> Vec<u8>| record().len();
        let config = bincode::config::standard();
        let pilot = || bincode::serde::encode_to_vec(Pilot::new(90_000_000), config).unwrap();
        let sheet = || bincode::serde::encode_to_vec(Sheet::new(90_000_000), config).unwrap();
        assert_eq!(bytes(&pilot), 66);
        assert_eq!(bytes(&sheet), LETTERS + 5 + 3);
    }
}
