//! The limit on live bytes: beyond it, what ends soonest goes. sled's files never shrink, so bytes are counted by us.

use std::sync::PoisonError;

use crate::engine::Engine;
use crate::error::Outcome;
use crate::ledger::Cause;
use crate::place;
use crate::record::{due, row_of};
use crate::store::Store;

/// How many index rows one put moves to their ends before it takes what is there: some ten milliseconds.
pub(crate) const MOST_MOVED: usize = 1_000;

/// How many bytes of entries one put, or one slice of a sweep, rewrites for that at most, and one entry more: a row is moved
/// with its whole record.
pub(crate) const MOST_MOVED_BYTES: usize = 4 << 20;

/// What became of an index row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Struck {
    /// It went, with its entry if it had one.
    Gone,
    /// Its entry, a record of so many bytes, ends later, and so is the row.
    Moved(usize),
}

/// What was moved under one lock, or in one slice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moves {
    rows: usize,
    bytes: usize,
}

impl Moves {
    pub(crate) fn add(&mut self, struck: Struck) {
        if let Struck::Moved(bytes) = struck {
            self.rows += 1;
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }

    /// Says whether others have waited for long enough.
    pub(crate) const fn are_enough(self) -> bool {
        self.rows >= MOST_MOVED || self.bytes >= MOST_MOVED_BYTES
    }
}

impl Store {
    /// Evicts until what is held is within the limit. Called after a write, with no stripe held, so the limit is exceeded by
    /// no more than the writes that are under way.
    pub(crate) fn make_room(&self, engine: &Engine) -> Outcome {
        if !self.is_above_limit() {
            return Ok(());
        }
        // One evicts, and the other writers wait for the room it makes.
        let _one = self.evicting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.judge.clock().coarse().as_millis();
        let mut moves = Moves::default();
        while self.is_above_limit() {
            let Some((row, _)) = engine.deaths.first()? else {
                return Ok(());
            };
            // No row is later than its entry's end: what ends by the time of the first row ends soonest of all. So does what
            // is dead.
            let by = match place::parse_row(&row) {
                Some((time, _)) if !moves.are_enough() => time.max(now),
                _ => u64::MAX,
            };
            moves.add(self.strike(engine, &row, by, Cause::Evicted)?);
        }
        Ok(())
    }

    fn is_above_limit(&self) -> bool {
        self.ledger.bytes() > self.max_bytes
    }

    /// Takes away the entry of an index row if it ends by this moment; what ends later has its row moved there. A row that is
    /// not that of its entry goes by itself.
    pub(crate) fn strike(
        &self,
        engine: &Engine,
        row: &[u8],
        by: u64,
        cause: Cause,
    ) -> Outcome<Struck> {
        let Some((time, place)) = place::parse_row(row) else {
            engine.deaths.remove(row)?;
            return Ok(Struck::Gone);
        };
        let _turn = self.stripes.lock(place);
        match engine.entries.get(place)? {
            Some(record) if row_of(&record) == time => {
                if due(&record) > by {
                    self.put_off(engine, place, &record)?;
                    return Ok(Struck::Moved(record.len()));
                }
                self.take(engine, place, &record, cause)?;
            }
            Some(_) | None => {
                engine.deaths.remove(row)?;
            }
        }
        Ok(Struck::Gone)
    }
}
