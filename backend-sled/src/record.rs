//! What stands at a place: the envelope, and behind it the time of its index row.
//!
//! ```text
//! envelope | time of the index row 8
//! ```
//! The time is big endian, as in the row. It is no later than the entry's end, and may be earlier: an entry that is overwritten
//! and ends later leaves its row where it is, and who meets the row too early moves it. Every entry has that one row, which
//! is found by its bytes alone.

use bytes::Bytes;
use cache_core::envelope::{HEADER_BYTES, Header};
use cache_core::{Meta, Timestamp};
use sled::IVec;

/// Bytes of the time behind an envelope.
const ROW_BYTES: usize = 8;

/// Spells what stands at a place.
pub(crate) fn spell(mut envelope: Vec<u8>, row: u64) -> Vec<u8> {
    envelope.extend_from_slice(&row.to_be_bytes());
    envelope
}

/// When the index row of a record is. What is none has the last.
pub(crate) fn row_of(record: &[u8]) -> u64 {
    record
        .last_chunk::<ROW_BYTES>()
        .map_or(u64::MAX, |row| u64::from_be_bytes(*row))
}

/// Returns the envelope of a record, whatever it is.
pub(crate) fn envelope_of(record: &[u8]) -> &[u8] {
    record
        .split_last_chunk::<ROW_BYTES>()
        .map_or(&[], |(envelope, _)| envelope)
}

/// Makes bytes of the envelope of what sled holds, without a copy.
pub(crate) fn bytes_of(record: IVec) -> Bytes {
    let length = envelope_of(&record).len();
    let mut bytes = Bytes::from_owner(record);
    bytes.truncate(length);
    bytes
}

/// Reads the header of an envelope, or of a record, whoever wrote it.
pub(crate) fn meta_of(value: &[u8]) -> Option<Meta> {
    let header = Header::from_bytes(value.first_chunk::<HEADER_BYTES>()?).ok()?;
    Some(header.meta)
}

/// When an envelope, or a record, may be swept. What cannot be read is kept like what never dies.
pub(crate) fn due(value: &[u8]) -> u64 {
    meta_of(value)
        .map_or(Timestamp::NEVER, |meta| meta.dead_at)
        .as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_an_envelope_and_the_time_of_its_row() {
        let record = spell(b"envelope".to_vec(), 7);
        assert_eq!(row_of(&record), 7);
        assert_eq!(envelope_of(&record), b"envelope");
        assert_eq!(bytes_of(record.into()), "envelope");
    }

    #[test]
    fn any_bytes_are_a_record_of_some_kind() {
        for bytes in [&b""[..], b"1234567"] {
            assert_eq!(row_of(bytes), u64::MAX);
            assert_eq!(envelope_of(bytes), b"");
            assert_eq!(bytes_of(bytes.into()), "");
            assert_eq!(due(bytes), u64::MAX);
        }
    }
}
