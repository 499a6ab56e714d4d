//! Envelopes that cannot be read, each with the reason that a reader has to give.

use bytes::Bytes;
use cache_core::{Entry, Extensions, Reason, envelope};

use crate::{Failure, Outcome};

/// Bytes that cannot be read as an entry.
pub(super) struct Damage {
    pub(super) name: &'static str,
    pub(super) bytes: Bytes,
    pub(super) reason: Reason,
}

const CODEC: usize = 5;
const FLAGS_HIGH: usize = 7;
const PAYLOAD_CHECKSUM: usize = 72;
const HEADER_CHECKSUM: usize = 76;

/// Ways to be unreadable, made of the envelope of an encoded entry.
pub(super) fn damages(schema: u64, entry: &Entry) -> Outcome<Vec<Damage>> {
    let good = envelope_of(schema, entry)?;
    let marked = entry
        .clone()
        .with_extensions(Extensions::new().with_etag("x"));
    let mut critical = envelope_of(schema, &marked)?;
    // The id's high byte gets its top bit.
    alter(&mut critical, envelope::HEADER_BYTES + 1, 0x80);
    let end = critical.len();
    seal(&mut critical, PAYLOAD_CHECKSUM, envelope::HEADER_BYTES..end);
    let cases = [
        ("foreign bytes", b"no envelope".to_vec(), Reason::Magic),
        (
            "a cut header",
            good.iter().copied().take(40).collect(),
            Reason::Magic,
        ),
        (
            "a cut payload",
            good.split_last()
                .map_or_else(Vec::new, |(_, rest)| rest.to_vec()),
            Reason::Checksum,
        ),
        (
            "a flipped bit of the payload",
            altered(&good, good.len() - 1, 1),
            Reason::Checksum,
        ),
        (
            "a flipped bit of the times",
            altered(&good, 40, 1),
            Reason::Checksum,
        ),
        (
            "another schema",
            envelope_of(schema ^ 1, entry)?,
            Reason::Schema,
        ),
        ("a later format", altered(&good, 4, 0x40), Reason::Format),
        (
            "an unknown mark",
            sealed(altered(&good, FLAGS_HIGH, 0x80)),
            Reason::Format,
        ),
        (
            "an unknown codec",
            sealed(altered(&good, CODEC, 0x80)),
            Reason::Codec,
        ),
        (
            "an unknown critical extension",
            sealed(critical),
            Reason::Format,
        ),
    ];
    Ok(cases
        .into_iter()
        .map(|(name, bytes, reason)| Damage {
            name,
            bytes: bytes.into(),
            reason,
        })
        .collect())
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
