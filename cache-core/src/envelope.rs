//! The envelope: everything a byte store keeps of an entry, in one value, so that one atomic write stores it.
//!
//! ```text
//! magic 4 | format 1 | codec 1 | flags 2 | schema 8 | stamp 16 | created 8 | fresh-until 8 | dead-at 8 | claimed-until 8 |
//! extension length 2 | reserved 2 | payload length 4 | payload checksum 4 | header checksum 4 | extensions | payload
//! ```
//! Integers are little endian, times are milliseconds since the Unix epoch, checksums are CRC-32 (IEEE 802.3). The header's
//! checksum covers the header alone, so that times can be rewritten without the payload; the payload's covers extensions
//! and payload. Format 0 is unstable.

use bytes::{Buf, Bytes};

use crate::{CodecKind, Entry, Extensions, Flags, Found, Meta, Payload, Reason, Stamp, Timestamp};

/// Bytes of the header.
pub const HEADER_BYTES: usize = 80;

const MAGIC: [u8; 4] = *b"\xCAche";
const FORMAT: u8 = 0;
const NO_CODEC: u8 = 0;
const CHECKED: usize = HEADER_BYTES - 4;

/// A header: what answers `head`, `scan` and conditions without the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What is known of the entry.
    pub meta: Meta,
    /// The fingerprint of the stored type.
    pub schema: u64,
    extension_bytes: u16,
    payload_bytes: u32,
    payload_checksum: u32,
}

/// Encodes an entry. `None` if it holds an object, which has no bytes, or a payload of 4 GiB or more.
#[must_use]
pub fn encode(schema: u64, entry: &Entry) -> Option<Vec<u8>> {
    let payload: &[u8] = match &entry.payload {
        Payload::Encoded(bytes) => bytes,
        Payload::Negative | Payload::Lease => &[],
        Payload::Object(_) => return None,
    };
    let extension_bytes = entry
        .extensions
        .as_deref()
        .map_or(0, Extensions::encoded_len);
    let mut bytes = Vec::with_capacity(HEADER_BYTES + extension_bytes + payload.len());
    bytes.resize(HEADER_BYTES, 0);
    if let Some(extensions) = entry.extensions.as_deref() {
        extensions.encode(&mut bytes);
    }
    bytes.extend_from_slice(payload);
    let (head, body) = bytes.split_first_chunk_mut::<HEADER_BYTES>()?;
    *head = Header {
        meta: entry.meta,
        schema,
        extension_bytes: u16::try_from(extension_bytes).ok()?,
        payload_bytes: u32::try_from(payload.len()).ok()?,
        payload_checksum: crc32fast::hash(body),
    }
    .to_bytes();
    Some(bytes)
}

/// Decodes what a store holds under an address of this schema, without judging its times.
///
/// # Errors
/// The reason why it is unreadable. Nothing is allocated in the size of a length that the bytes merely claim.
pub fn decode(bytes: &Bytes, schema: u64) -> Result<Entry, Reason> {
    decode_owned(bytes.clone(), schema)
}

fn decode_owned(mut bytes: Bytes, schema: u64) -> Result<Entry, Reason> {
    let (head, body) = bytes
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(Reason::Magic)?;
    let header = Header::from_bytes(head)?;
    if header.schema != schema {
        return Err(Reason::Schema);
    }
    let extension_bytes = usize::from(header.extension_bytes);
    let payload_bytes = usize::try_from(header.payload_bytes).map_err(|_| Reason::Checksum)?;
    if body.len() != extension_bytes + payload_bytes
        || crc32fast::hash(body) != header.payload_checksum
    {
        return Err(Reason::Checksum);
    }
    let extensions = match body.get(..extension_bytes) {
        Some([]) | None => None,
        Some(area) => Some(Extensions::decode(area)?.into()),
    };
    let payload = header.payload(|| {
        bytes.advance(HEADER_BYTES + extension_bytes);
        bytes
    })?;
    Ok(Entry {
        meta: header.meta,
        payload,
        extensions,
    })
}

/// Decodes and turns damage into [`Found::Unreadable`].
#[must_use]
pub fn read(judge: &crate::Judge, bytes: &Bytes, schema: u64) -> Found {
    read_owned(judge, bytes.clone(), schema)
}

/// The same for bytes that nobody else holds: they become the payload as they are, and need not be shared first.
#[must_use]
pub fn read_owned(judge: &crate::Judge, bytes: Bytes, schema: u64) -> Found {
    match decode_owned(bytes, schema) {
        Ok(entry) => judge.found(entry),
        Err(reason) => Found::Unreadable(reason),
    }
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// The reason why it is unreadable.
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Reason> {
        let mut rest = Reader(bytes);
        if rest.take::<4>()? != MAGIC {
            return Err(Reason::Magic);
        }
        let [format, codec] = rest.take::<2>()?;
        if format != FORMAT {
            return Err(Reason::Format);
        }
        let (checked, checksum) = bytes.split_at_checked(CHECKED).ok_or(Reason::Magic)?;
        if crc32fast::hash(checked).to_le_bytes() != checksum {
            return Err(Reason::Checksum);
        }
        let flags = Flags::from_bits(u16::from_le_bytes(rest.take()?)).ok_or(Reason::Format)?;
        let schema = rest.u64()?;
        let meta = Meta {
            stamp: Stamp::from_bytes(rest.take()?),
            created: Timestamp::from_millis(rest.u64()?),
            fresh_until: Timestamp::from_millis(rest.u64()?),
            dead_at: Timestamp::from_millis(rest.u64()?),
            claimed_until: Timestamp::from_millis(rest.u64()?),
            flags,
            codec: read_codec(codec)?,
            weight: 1,
        };
        let extension_bytes = u16::from_le_bytes(rest.take()?);
        let _reserved = rest.take::<2>()?;
        let payload_bytes = u32::from_le_bytes(rest.take()?);
        Ok(Self {
            meta: Meta {
                weight: payload_bytes.max(1),
                ..meta
            },
            schema,
            extension_bytes,
            payload_bytes,
            payload_checksum: u32::from_le_bytes(rest.take()?),
        })
    }

    /// Writes the header, with its checksum.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let meta = &self.meta;
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[FORMAT, meta.codec.map_or(NO_CODEC, CodecKind::id)]);
        bytes.extend_from_slice(&meta.flags.bits().to_le_bytes());
        bytes.extend_from_slice(&self.schema.to_le_bytes());
        bytes.extend_from_slice(&meta.stamp.to_bytes());
        for time in [
            meta.created,
            meta.fresh_until,
            meta.dead_at,
            meta.claimed_until,
        ] {
            bytes.extend_from_slice(&time.as_millis().to_le_bytes());
        }
        bytes.extend_from_slice(&self.extension_bytes.to_le_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&self.payload_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.payload_checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        let mut header = [0; HEADER_BYTES];
        for (to, from) in header.iter_mut().zip(bytes) {
            *to = from;
        }
        header
    }

    /// Returns the header of the same entry with the times, stamp and marks of `to`: what `retime` writes.
    #[must_use]
    pub fn retimed(&self, to: &Meta) -> Self {
        Self {
            meta: self.meta.retimed(to),
            ..*self
        }
    }

    fn payload(&self, encoded: impl FnOnce() -> Bytes) -> Result<Payload, Reason> {
        let flags = self.meta.flags;
        if flags.contains(Flags::COMPRESSED) {
            Err(Reason::Format)
        } else if flags.contains(Flags::LEASE) {
            Ok(Payload::Lease)
        } else if flags.contains(Flags::NEGATIVE) {
            Ok(Payload::Negative)
        } else if self.meta.codec.is_none() {
            Err(Reason::Codec)
        } else {
            Ok(Payload::Encoded(encoded()))
        }
    }
}

fn read_codec(id: u8) -> Result<Option<CodecKind>, Reason> {
    if id == NO_CODEC {
        return Ok(None);
    }
    CodecKind::from_id(id).map(Some).ok_or(Reason::Codec)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Reason::Magic)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u64(&mut self) -> Result<u64, Reason> {
        Ok(u64::from_le_bytes(self.take()?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{Lifetime, Ttl};

    fn entry(payload: &'static [u8]) -> Entry {
        let created = Timestamp::from_millis(1_700_000_000_000);
        let life = Lifetime::starting(
            created,
            Ttl::After(Duration::from_secs(60)),
            Duration::from_secs(5),
        );
        let entry = Entry::encoded(
            Meta::new(created, life),
            CodecKind::Json,
            Bytes::from_static(payload),
        );
        entry.with_extensions(Extensions::new().with_etag("\"tag\""))
    }

    fn bytes(entry: &Entry) -> Bytes {
        encode(7, entry).unwrap().into()
    }

    #[test]
    fn entries_round_trip() {
        let entry = entry(b"[1]");
        let back = decode(&bytes(&entry), 7).unwrap();
        assert_eq!(
            back.meta,
            Meta {
                weight: 3,
                ..entry.meta
            }
        );
        assert!(matches!(back.payload, Payload::Encoded(payload) if payload == "[1]"));
        assert_eq!(back.extensions.unwrap().etag(), Some("\"tag\""));
        for marked in [Entry::negative(entry.meta), Entry::lease(entry.meta)] {
            let back = decode(&bytes(&marked), 7).unwrap();
            assert_eq!(
                std::mem::discriminant(&back.payload),
                std::mem::discriminant(&marked.payload)
            );
            assert_eq!(back.meta, marked.meta);
        }
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let good = bytes(&entry(b"payload"));
        for bit in 0..good.len() * 8 {
            let mut bad = good.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bad.into(), 7).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_seen() {
        let good = bytes(&entry(b"payload"));
        for length in 0..good.len() {
            assert!(decode(&good.slice(..length), 7).is_err(), "length {length}");
        }
        let mut longer = good.to_vec();
        longer.push(0);
        assert_eq!(decode(&longer.into(), 7).unwrap_err(), Reason::Checksum);
    }

    #[test]
    fn reasons_say_what_is_wrong() {
        let good = bytes(&entry(b"payload"));
        assert_eq!(decode(&good, 8).unwrap_err(), Reason::Schema);
        assert_eq!(
            decode(&Bytes::from_static(b"plain value"), 7).unwrap_err(),
            Reason::Magic
        );
        let mut later = good.to_vec();
        later[4] = 9;
        assert_eq!(decode(&later.into(), 7).unwrap_err(), Reason::Format);
    }

    #[test]
    fn a_retimed_header_reads_with_the_old_payload() {
        let entry = entry(b"payload");
        let mut stored = encode(7, &entry).unwrap();
        let head = Header::from_bytes(stored.first_chunk().unwrap()).unwrap();
        let to = Meta {
            flags: Flags::EXPIRED,
            ..Meta::new(
                Timestamp::from_millis(5),
                Lifetime {
                    fresh_until: Timestamp::from_millis(5),
                    dead_at: Timestamp::from_millis(9),
                },
            )
        };
        stored[..HEADER_BYTES].copy_from_slice(&head.retimed(&to).to_bytes());
        let back = decode(&stored.into(), 7).unwrap();
        assert_eq!(
            (back.meta.stamp, back.meta.dead_at, back.meta.flags),
            (to.stamp, to.dead_at, Flags::EXPIRED)
        );
    }

    #[test]
    fn objects_have_no_bytes() {
        assert!(
            encode(
                7,
                &Entry::object(entry(b"").meta, std::sync::Arc::new(1_u8))
            )
            .is_none()
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode(&bytes.into(), 7).is_err());
        }
    }
}
