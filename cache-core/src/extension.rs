//! Additions to an entry: records of an id and bytes, between the envelope's header and its payload.

use crate::Reason;

/// Additions to an entry, such as the validators of a conditional request.
///
/// Unknown records are skipped by readers and kept by `retime`; a record whose id has the top bit set is critical: who does
/// not know it cannot read the entry.
///
/// # Example
/// ```
/// use cache_core::Extensions;
/// let validators = Extensions::new().with_etag("\"33a6\"").with_last_modified("Sat, 27 Nov 2021 00:00:00 GMT");
/// assert_eq!(validators.etag(), Some("\"33a6\""));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    records: Vec<(u16, Box<[u8]>)>,
}

const ETAG: u16 = 1;
const LAST_MODIFIED: u16 = 2;
const CRITICAL: u16 = 0x8000;

/// Larger additions are left out when they are added: the area's length has 16 bits.
const MAX_RECORD: usize = 4_096;
const MAX_RECORDS: usize = 8;

impl Extensions {
    /// Makes none.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            records: Vec::new(),
        }
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Adds an entity tag (RFC 9110, 8.8.3). One of over 4,096 bytes is left out.
    #[must_use]
    pub fn with_etag(self, etag: &str) -> Self {
        self.with(ETAG, etag.as_bytes())
    }

    /// Adds a modification date (RFC 9110, 8.8.2), as the server spelt it. One of over 4,096 bytes is left out.
    #[must_use]
    pub fn with_last_modified(self, date: &str) -> Self {
        self.with(LAST_MODIFIED, date.as_bytes())
    }

    /// Returns the entity tag.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.text(ETAG)
    }

    /// Returns the modification date.
    #[must_use]
    pub fn last_modified(&self) -> Option<&str> {
        self.text(LAST_MODIFIED)
    }

    fn with(mut self, id: u16, bytes: &[u8]) -> Self {
        self.records.retain(|(known, _)| *known != id);
        if bytes.len() <= MAX_RECORD && self.records.len() < MAX_RECORDS {
            self.records.push((id, bytes.into()));
        }
        self
    }

    fn text(&self, id: u16) -> Option<&str> {
        let (_, bytes) = self.records.iter().find(|(known, _)| *known == id)?;
        std::str::from_utf8(bytes).ok()
    }

    /// Bytes of the encoded area: 8 records of 4,096 + 4 bytes stay below 16 bits.
    pub(crate) fn encoded_len(&self) -> usize {
        self.records.iter().map(|(_, bytes)| 4 + bytes.len()).sum()
    }

    pub(crate) fn encode(&self, area: &mut Vec<u8>) {
        for (id, bytes) in &self.records {
            area.extend_from_slice(&id.to_le_bytes());
            area.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
            area.extend_from_slice(bytes);
        }
    }

    pub(crate) fn decode(mut area: &[u8]) -> Result<Self, Reason> {
        let mut records = Vec::new();
        while let [id0, id1, len0, len1, rest @ ..] = area {
            let id = u16::from_le_bytes([*id0, *id1]);
            let length = usize::from(u16::from_le_bytes([*len0, *len1]));
            let (bytes, after) = rest.split_at_checked(length).ok_or(Reason::Checksum)?;
            if id & CRITICAL != 0 {
                return Err(Reason::Format);
            }
            records.push((id, bytes.into()));
            area = after;
        }
        if area.is_empty() {
            Ok(Self { records })
        } else {
            Err(Reason::Checksum)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_records_are_kept_and_critical_ones_refused() {
        let mut area = Vec::new();
        Extensions::new()
            .with_etag("x")
            .with(77, b"later")
            .encode(&mut area);
        let read = Extensions::decode(&area).unwrap();
        assert_eq!((read.etag(), read.records.len()), (Some("x"), 2));
        area.extend_from_slice(&[0x01, 0x80, 0, 0]);
        assert_eq!(Extensions::decode(&area), Err(Reason::Format));
    }

    #[test]
    fn cut_areas_are_damage() {
        let mut area = Vec::new();
        Extensions::new().with_etag("abc").encode(&mut area);
        for length in 1..area.len() {
            assert_eq!(Extensions::decode(&area[..length]), Err(Reason::Checksum));
        }
    }

    #[test]
    fn oversized_additions_are_left_out() {
        assert!(Extensions::new().with_etag(&"x".repeat(4_097)).is_empty());
        let full = (10..30).fold(Extensions::new(), |all, id| all.with(id, &[0; MAX_RECORD]));
        assert!(full.encoded_len() <= usize::from(u16::MAX));
    }
}
