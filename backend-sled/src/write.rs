//! What changes an entry: conditions, the record and its index row, under the stripe of its place.
//!
//! A new index row is written before the record, and an old one removed after it: a process that is killed in between leaves
//! a row that is not its entry's, which is removed when it is met, and never an entry that no sweep finds.

use cache_core::envelope::{self, HEADER_BYTES, Header};
use cache_core::{Condition, Entry, Flags, Key, Life, Meta, Payload, Put, Removed, Result, Stamp};

use crate::engine::Engine;
use crate::error::{self, Outcome};
use crate::ledger::{self, Cause};
use crate::place;
use crate::record::{self, bytes_of, due, envelope_of, meta_of, row_of};
use crate::store::Store;

/// Where a write goes: everything of its key that outlives the call.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) place: Vec<u8>,
    pub(crate) schema: u64,
}

impl Target {
    pub(crate) fn of(key: &Key<'_>) -> Self {
        Self {
            place: place::entry(key),
            schema: key.space().schema(),
        }
    }
}

impl Store {
    /// Refuses what is too large before anything is done about it.
    pub(crate) fn check_size(&self, entry: &Entry) -> Result<()> {
        match &entry.payload {
            Payload::Encoded(bytes) if bytes.len() > self.max_payload => Err(error::too_large()),
            _ => Ok(()),
        }
    }

    /// Refuses a write that the disk has no room for, before sled meets that: it does not go on afterwards. A retime writes
    /// the whole record, as a put does; what removals write has room in the reserve.
    pub(crate) fn check_room(&self, bytes: usize) -> Result<()> {
        // A page that is rewritten holds its old neighbours too.
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(2);
        if self.room.take(bytes, || self.dir.free()) {
            return Ok(());
        }
        Err(error::full())
    }

    pub(crate) fn put_in(
        &self,
        engine: &Engine,
        to: &Target,
        entry: &Entry,
        when: Condition,
    ) -> Outcome<Put> {
        let envelope = envelope::encode(to.schema, entry).ok_or_else(error::not_encoded)?;
        if ledger::weight(&to.place, &envelope) > self.max_bytes {
            return Err(error::too_large().into());
        }
        self.check_room(envelope.len())?;
        let turn = self.stripes.lock(&to.place);
        let old = engine.entries.get(&to.place)?;
        if when != Condition::Always
            && let Some(refused) = self.refusal(to, old.as_ref(), &entry.meta, when)
        {
            return Ok(refused);
        }
        self.replace(engine, &to.place, old.as_deref(), envelope)?;
        drop(turn);
        self.make_room(engine)?;
        Ok(Put::Stored(entry.meta.stamp))
    }

    /// Whether what stands there refuses a put, judged by the whole envelope: it is at hand.
    fn refusal(
        &self,
        to: &Target,
        old: Option<&sled::IVec>,
        incoming: &Meta,
        when: Condition,
    ) -> Option<Put> {
        let standing = match old.map(|old| envelope::decode(&bytes_of(old.clone()), to.schema)) {
            None => None,
            Some(Ok(entry)) => Some(entry.meta),
            // Nobody can read it: as good as nothing.
            Some(Err(reason)) if reason.yields_to_absent() => None,
            // Another release may.
            Some(Err(_)) => return Some(Put::Refused(None)),
        };
        if self.judge.admits(when, incoming, standing.as_ref()) {
            return None;
        }
        Some(self.refused_by(standing))
    }

    /// A dead entry is not shown, not even as what stood in the way.
    fn refused_by(&self, standing: Option<Meta>) -> Put {
        Put::Refused(standing.filter(|meta| !self.is_over(meta)))
    }

    pub(crate) fn retime_in(
        &self,
        engine: &Engine,
        at: &Target,
        to: &Meta,
        over: Stamp,
    ) -> Outcome<Put> {
        let _turn = self.stripes.lock(&at.place);
        let Some(old) = engine.entries.get(&at.place)? else {
            return Ok(Put::Refused(None));
        };
        let Some((header, body)) = readable(&old, at.schema) else {
            return Ok(Put::Refused(None));
        };
        if header.meta.stamp != over {
            return Ok(self.refused_by(Some(header.meta)));
        }
        match self.check_room(old.len()) {
            Ok(()) => {
                let envelope = [&header.retimed(to).to_bytes()[..], body].concat();
                self.replace(engine, &at.place, Some(&old), envelope)?;
            }
            // An expiry has to take effect: a miss is no fresher than what is stale.
            Err(_) if to.flags.contains(Flags::EXPIRED) => {
                self.take(engine, &at.place, &old, Cause::Evicted)?;
            }
            Err(full) => return Err(full.into()),
        }
        Ok(Put::Stored(to.stamp))
    }

    pub(crate) fn remove_in(
        &self,
        engine: &Engine,
        at: &Target,
        only: Option<Stamp>,
    ) -> Outcome<Removed> {
        let _turn = self.stripes.lock(&at.place);
        let Some(old) = engine.entries.get(&at.place)? else {
            return Ok(Removed::Missing);
        };
        let is_meant =
            |stamp| readable(&old, at.schema).is_some_and(|(header, _)| header.meta.stamp == stamp);
        if only.is_some_and(|stamp| !is_meant(stamp)) {
            return Ok(Removed::Missing);
        }
        Ok(match self.take(engine, &at.place, &old, Cause::Removed)? {
            Cause::Expired => Removed::Missing,
            Cause::Evicted | Cause::Removed => Removed::Existed,
        })
    }

    /// Writes an envelope over what stands there, `old`. The index row stays if it is no later than the new end. The caller
    /// holds the stripe.
    pub(crate) fn replace(
        &self,
        engine: &Engine,
        place: &[u8],
        old: Option<&[u8]>,
        envelope: Vec<u8>,
    ) -> Outcome {
        let (ends, standing) = (due(&envelope), old.map(row_of));
        let row = standing.filter(|row| *row <= ends).unwrap_or(ends);
        let weight = ledger::weight(place, &envelope);
        write(engine, place, envelope, standing, row)?;
        self.ledger.enter(weight);
        if let Some(old) = old {
            let is_over = meta_of(old).is_some_and(|meta| self.is_over(&meta));
            let cause = is_over.then_some(Cause::Expired);
            self.ledger.leave(ledger::weight_of(place, old), cause);
        }
        Ok(())
    }

    /// Moves the index row of what stands there to its end. Without room on the disk for that, the entry goes. The caller
    /// holds the stripe.
    pub(crate) fn put_off(&self, engine: &Engine, place: &[u8], old: &[u8]) -> Outcome {
        if self.check_room(old.len()).is_err() {
            self.take(engine, place, old, Cause::Evicted)?;
            return Ok(());
        }
        let envelope = envelope_of(old).to_vec();
        write(engine, place, envelope, Some(row_of(old)), due(old))
    }

    /// Takes away what stands there, and answers as what it was counted. The caller holds the stripe.
    pub(crate) fn take(
        &self,
        engine: &Engine,
        place: &[u8],
        old: &[u8],
        cause: Cause,
    ) -> Outcome<Cause> {
        let is_over = meta_of(old).is_some_and(|meta| self.is_over(&meta));
        engine.entries.remove(place)?;
        let cause = if is_over { Cause::Expired } else { cause };
        self.ledger
            .leave(ledger::weight_of(place, old), Some(cause));
        engine.deaths.remove(place::row(row_of(old), place))?;
        Ok(cause)
    }

    /// Whether no read shows an entry any more: dead, or created beyond the clock's tolerance.
    pub(crate) fn is_over(&self, meta: &Meta) -> bool {
        let life = self.judge.life(meta, self.judge.clock().now());
        matches!(life, Life::Dead | Life::Ahead)
    }
}

/// Writes a record with its index row at a time; `standing` is when that row was before.
fn write(
    engine: &Engine,
    place: &[u8],
    envelope: Vec<u8>,
    standing: Option<u64>,
    row: u64,
) -> Outcome {
    if standing != Some(row) {
        engine.deaths.insert(place::row(row, place), &[])?;
    }
    engine.entries.insert(place, record::spell(envelope, row))?;
    if let Some(standing) = standing.filter(|standing| *standing != row) {
        engine.deaths.remove(place::row(standing, place))?;
    }
    Ok(())
}

/// Splits a record whose envelope is whole into its header and the rest.
fn readable(record: &sled::IVec, schema: u64) -> Option<(Header, &[u8])> {
    envelope::decode(&bytes_of(record.clone()), schema).ok()?;
    let (head, body) = envelope_of(record).split_first_chunk::<HEADER_BYTES>()?;
    Some((Header::from_bytes(head).ok()?, body))
}
