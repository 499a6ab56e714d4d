//! Envelopes that cannot be read, each with the reason that a reader has to give.

use bytes::Bytes;
use cache_core::envelope::Header;
use cache_core::{Entry, Extensions, Reason, envelope};

use crate::{Failure, Outcome};

/// Bytes that cannot be read as an entry.
pub(super) struct Damage {
    pub(super) name: &'static str,
    pub(super) bytes: Bytes,
    pub(super) reason: Reason,
}

impl Damage {
    /// Says whether the header is whole: a store that looks at nothing else takes it for an entry.
    pub(super) fn is_beyond_the_header(&self, schema: u64) -> bool {
        let head = self.bytes.first_chunk::<{ envelope::HEADER_BYTES }>();
        head.and_then(|head| Header::from_bytes(head).ok())
            .is_some_and(|header| header.schema == schema)
    }
}

const CODEC: usize = 5;
const FLAGS_HIGH: usize = 7;
const PAYLOAD_CHECKSUM: usize = 72;
const HEADER_CHECKSUM: usize = 76;

/// Ways to be unreadable, made of the envelope of an encoded entry.
pub(super) fn damages(schema: u64, entry: &Entry) -> Outcome<Vec<Damage>> {
    let good = envelope_of(schema, entry)?;
    let other = envelope_of(schema ^ 1, entry)?;
    let critical = critical(schema, entry)?;
    let cut = |length: usize| good.iter().copied().take(length).collect::<Vec<u8>>();
    let (magic, checksum, format) = (Reason::Magic, Reason::Checksum, Reason::Format);
    let flipped = |at, mask| altered(&good, at, mask);
    let last = good.len() - 1;
    Ok(vec![
        damage("foreign bytes", b"no envelope".to_vec(), magic),
        damage("a cut header", cut(40), magic),
        damage("a cut payload", cut(last), checksum),
        damage("a flipped bit of the payload", flipped(last, 1), checksum),
        damage("a flipped bit of the times", flipped(40, 1), checksum),
        damage("another schema", other, Reason::Schema),
        damage("a later format", flipped(4, 0x40), format),
        damage("an unknown mark", sealed(flipped(FLAGS_HIGH, 0x80)), format),
        damage(
            "an unknown codec",
            sealed(flipped(CODEC, 0x80)),
            Reason::Codec,
        ),
        damage("an unknown critical extension", critical, format),
    ])
}

fn damage(name: &'static str, bytes: Vec<u8>, reason: Reason) -> Damage {
    Damage {
        name,
        bytes: bytes.into(),
        reason,
    }
}

/// An envelope with an extension that who does not know it must not read past.
fn critical(schema: u64, entry: &Entry) -> Outcome<Vec<u8>> {
    let marked = entry
        .clone()
        .with_extensions(Extensions::new().with_etag("x"));
    let mut bytes = envelope_of(schema, &marked)?;
    // The id's high byte gets its top bit.
    alter(&mut bytes, envelope::HEADER_BYTES + 1, 0x80);
    let end = bytes.len();
    seal(&mut bytes, PAYLOAD_CHECKSUM, envelope::HEADER_BYTES..end);
    Ok(sealed(bytes))
}

fn envelope_of(schema: u64, entry: &Entry) -> Outcome<Vec<u8>> {
    envelope::encode(schema, entry).ok_or_else(|| Failure::lacking("plant"))
}

fn alter(bytes: &mut [u8], at: usize, mask: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= mask;
    }
}

fn altered(bytes: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    alter(&mut bytes, at, mask);
    bytes
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    seal(&mut bytes, HEADER_CHECKSUM, 0..HEADER_CHECKSUM);
    bytes
}

/// Writes the checksum of a range to a place.
fn seal(bytes: &mut [u8], at: usize, over: std::ops::Range<usize>) {
    let checksum = crc32(bytes.get(over).unwrap_or_default());
    for (offset, byte) in checksum.to_le_bytes().into_iter().enumerate() {
        if let Some(place) = bytes.get_mut(at + offset) {
            *place = byte;
        }
    }
}

/// CRC-32 (IEEE 802.3), bit by bit: envelopes of cases are short.
fn crc32(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |state, &byte| {
        (0..8).fold(state ^ u32::from(byte), |state, _| {
            let shifted = state >> 1;
            if state & 1 == 1 {
                shifted ^ 0xEDB8_8320
            } else {
                shifted
            }
        })
    });
    !rest
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cache_core::{CodecKind, Lifetime, Meta, Timestamp, Ttl};

    use super::*;

    #[test]
    fn every_damage_has_the_reason_that_the_envelope_gives() {
        let created = Timestamp::from_millis(1);
        let life = Lifetime::starting(created, Ttl::After(Duration::from_secs(1)), Duration::ZERO);
        let entry = Entry::encoded(
            Meta::new(created, life),
            CodecKind::Json,
            Bytes::from_static(b"x"),
        );
        for damage in damages(7, &entry).unwrap() {
            let met = envelope::decode(&damage.bytes, 7).unwrap_err();
            assert_eq!(met, damage.reason, "{}", damage.name);
        }
    }

    #[test]
    fn crc32_of_the_check_string_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
