//! Reads of a batch, gathered: their places lie in one piece of memory, and so does what was found, where it is small.

use std::ops::Range;

use bytes::Bytes;
use cache_core::{Error, Found, Key, Operation, Result};
use sled::IVec;

use crate::engine::Engine;
use crate::error::Outcome;
use crate::place;
use crate::record::{bytes_of, envelope_of};
use crate::store::Store;

/// Up to this length in bytes an envelope is copied. It takes less than an owner of its own on the heap does, made by one
/// thread and freed by another.
const SMALL: usize = 1_024;

/// How many keys are read at once on a thread of the runtime: some hundreds of microseconds. A batch of 20,000 would hold it
/// up for 50 ms, and a hop costs far less than so many reads.
pub(crate) const MOST_INLINE: usize = 256;

/// The places that a batch asks for.
pub(crate) struct Wanted {
    places: Vec<u8>,
    each: Vec<One>,
}

struct One {
    end: usize,
    schema: u64,
}

impl Wanted {
    pub(crate) fn of(keys: &[Key<'_>]) -> Self {
        let room = keys.iter().map(place::length).sum();
        let mut places = Vec::with_capacity(room);
        let each = keys.iter().map(|key| {
            place::push_entry(&mut places, key);
            One {
                end: places.len(),
                schema: key.space().schema(),
            }
        });
        let each = each.collect();
        Self { places, each }
    }

    pub(crate) fn len(&self) -> usize {
        self.each.len()
    }

    fn place(&self, number: usize) -> &[u8] {
        let end = |number: usize| self.each.get(number).map_or(0, |one| one.end);
        let start = number.checked_sub(1).map_or(0, end);
        self.places.get(start..end(number)).unwrap_or_default()
    }
}

/// What was found of a batch so far, in order.
#[derive(Default)]
struct Gathered {
    copied: Vec<u8>,
    each: Vec<Piece>,
}

enum Piece {
    Absent,
    Copied(Range<usize>),
    Whole(IVec),
    Failed(Error),
}

impl Gathered {
    /// Reads on from where it is, to the end or to what fails.
    fn read_on(&mut self, engine: &Engine, wanted: &Wanted) -> Outcome {
        while self.each.len() < wanted.len() {
            let record = engine.entries.get(wanted.place(self.each.len()))?;
            let piece = record.map_or(Piece::Absent, |record| self.piece(record));
            self.each.push(piece);
        }
        Ok(())
    }

    fn piece(&mut self, record: IVec) -> Piece {
        let envelope = envelope_of(&record);
        if envelope.len() > SMALL {
            return Piece::Whole(record);
        }
        let start = self.copied.len();
        self.copied.extend_from_slice(envelope);
        Piece::Copied(start..self.copied.len())
    }

    fn judged(self, store: &Store, wanted: &Wanted) -> Vec<Result<Found>> {
        let copied = Bytes::from(self.copied);
        let judge = |(piece, one): (Piece, &One)| match piece {
            Piece::Absent => Ok(Found::Absent),
            Piece::Copied(range) => Ok(store.judged(copied.slice(range), one.schema)),
            Piece::Whole(record) => Ok(store.judged(bytes_of(record), one.schema)),
            Piece::Failed(error) => Err(error),
        };
        self.each.into_iter().zip(&wanted.each).map(judge).collect()
    }
}

impl Store {
    /// Reads a batch, an answer for each. What comes after one that failed is asked of the store that is opened again then.
    pub(crate) fn find_all(&self, operation: Operation, wanted: &Wanted) -> Vec<Result<Found>> {
        let read = |gathered: &mut Gathered| {
            Some(self.with(operation, |engine| gathered.read_on(engine, wanted)))
        };
        self.gather(wanted, read).unwrap_or_default()
    }

    /// The same for threads of the runtime: `None` if the engine failed or is about to be replaced.
    pub(crate) fn glance_all(
        &self,
        operation: Operation,
        wanted: &Wanted,
    ) -> Option<Vec<Result<Found>>> {
        let read = |gathered: &mut Gathered| {
            self.glance_now(operation, |engine| gathered.read_on(engine, wanted))
        };
        self.gather(wanted, read)
    }

    fn gather(
        &self,
        wanted: &Wanted,
        read_on: impl Fn(&mut Gathered) -> Option<Result<()>>,
    ) -> Option<Vec<Result<Found>>> {
        let mut gathered = Gathered::default();
        while gathered.each.len() < wanted.len() {
            if let Err(error) = read_on(&mut gathered)? {
                gathered.each.push(Piece::Failed(error));
            }
        }
        Some(gathered.judged(self, wanted))
    }
}
