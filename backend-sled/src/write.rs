//! What changes an entry: conditions, the value and its index row, under the stripe of its place.
//!
//! The index row is written before the value: a process that is killed in between leaves a row without an entry, which is
//! removed when it is met, and never an entry that no sweep finds.

use bytes::Bytes;
use cache_core::envelope::{self, HEADER_BYTES, Header};
use cache_core::{
    Condition, Entry, Key, Life, Meta, Payload, Put, Removed, Result, Stamp, Timestamp,
};

use crate::engine::Engine;
use crate::error::{self, Outcome};
use crate::ledger::{self, Cause};
use crate::place;
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

/// Reads the header of a value, whoever wrote it.
pub(crate) fn meta_of(value: &[u8]) -> Option<Meta> {
    let header = Header::from_bytes(value.first_chunk::<HEADER_BYTES>()?).ok()?;
    Some(header.meta)
}

/// When a value may be swept: a function of its bytes alone, so that its index row can always be found. What cannot be read
/// is kept like what never dies.
pub(crate) fn due(value: &[u8]) -> u64 {
    meta_of(value)
        .map_or(Timestamp::NEVER, |meta| meta.dead_at)
        .as_millis()
}

/// Makes bytes of what sled holds, without a copy.
pub(crate) fn bytes_of(value: sled::IVec) -> Bytes {
    Bytes::from_owner(value)
}

impl Store {
    /// Refuses what is too large before anything is done about it.
    pub(crate) fn check_size(&self, entry: &Entry) -> Result<()> {
        match &entry.payload {
            Payload::Encoded(bytes) if bytes.len() > self.max_payload => Err(error::too_large()),
            _ => Ok(()),
        }
    }

    /// Refuses a put that the disk has no room for, before sled meets that: it does not go on afterwards. What removes and
    /// retimes write has room in the reserve.
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
        let value = envelope::encode(to.schema, entry).ok_or_else(error::not_encoded)?;
        if ledger::weight(&to.place, &value) > self.max_bytes {
            return Err(error::too_large().into());
        }
        self.check_room(value.len())?;
        let turn = self.stripes.lock(&to.place);
        let mut old = None;
        if when != Condition::Always {
            old = engine.entries.get(&to.place)?;
            if let Some(refused) = self.refusal(to, old.as_ref(), &entry.meta, when) {
                return Ok(refused);
            }
        }
        self.replace(engine, &to.place, old.as_deref(), &value)?;
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
        let value = [&header.retimed(to).to_bytes()[..], body].concat();
        self.replace(engine, &at.place, Some(&old), &value)?;
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

    /// Writes a value over what stands there; `old` is that, if it is known. The caller holds the stripe.
    pub(crate) fn replace(
        &self,
        engine: &Engine,
        place: &[u8],
        old: Option<&[u8]>,
        value: &[u8],
    ) -> Outcome {
        let after = due(value);
        if old.map(due) != Some(after) {
            engine.deaths.insert(place::row(after, place), &[])?;
        }
        let old = engine.entries.insert(place, value)?;
        self.ledger.enter(ledger::weight(place, value));
        let Some(old) = old else {
            return Ok(());
        };
        let is_over = meta_of(&old).is_some_and(|meta| self.is_over(&meta));
        let cause = is_over.then_some(Cause::Expired);
        self.ledger.leave(ledger::weight(place, &old), cause);
        let before = due(&old);
        if before != after {
            engine.deaths.remove(place::row(before, place))?;
        }
        Ok(())
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
        self.ledger.leave(ledger::weight(place, old), Some(cause));
        engine.deaths.remove(place::row(due(old), place))?;
        Ok(cause)
    }

    /// Whether no read shows an entry any more: dead, or created beyond the clock's tolerance.
    pub(crate) fn is_over(&self, meta: &Meta) -> bool {
        let life = self.judge.life(meta, self.judge.clock().now());
        matches!(life, Life::Dead | Life::Ahead)
    }
}

/// Splits an envelope that is whole into its header and the rest.
fn readable(value: &sled::IVec, schema: u64) -> Option<(Header, &[u8])> {
    envelope::decode(&bytes_of(value.clone()), schema).ok()?;
    let (head, body) = value.split_first_chunk::<HEADER_BYTES>()?;
    Some((Header::from_bytes(head).ok()?, body))
}
