//! What an old value becomes.

use backend_redis::ForeignValue;
use bytes::Bytes;
use cache_core::Ttl;
use serde::de::IgnoredAny;

use super::tally::End;

/// What is to be done with what stands under an old key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// JSON, and how long it is to live.
    Value(Bytes, Ttl),
    /// It is longer than was asked for, by this length in bytes.
    Longer(u64),
    /// Nothing.
    Nothing(End),
}

impl Found {
    /// Judges it. A value lives as long as its key; where the key has no end, as long as the row says.
    pub(super) fn of(value: ForeignValue, endless: Option<Ttl>) -> Self {
        let (bytes, left) = match value {
            ForeignValue::String { bytes, left } => (bytes, left),
            ForeignValue::Longer { length } => return Self::Longer(length),
            ForeignValue::OtherKind => return Self::Nothing(End::NotJson),
            ForeignValue::Absent => return Self::Nothing(End::Gone),
        };
        if !is_json(&bytes) {
            return Self::Nothing(End::NotJson);
        }
        let Some(ttl) = left.map(Ttl::After).or(endless) else {
            return Self::Nothing(End::Endless);
        };
        match ttl.resolve(Ttl::Never) {
            Ok(ttl) => Self::Value(bytes, ttl),
            // In the last millisecond of its life.
            Err(_) => Self::Nothing(End::Gone),
        }
    }
}

/// Says whether bytes are one value of JSON.
fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Ttl = Ttl::After(Duration::from_secs(86_400));

    fn found(bytes: &'static [u8], left: Option<u64>, endless: Option<Ttl>) -> Found {
        let value = ForeignValue::String {
            bytes: bytes.into(),
            left: left.map(Duration::from_millis),
        };
        Found::of(value, endless)
    }

    fn value(bytes: &'static [u8], ttl: Ttl) -> Found {
        Found::Value(bytes.into(), ttl)
    }

    #[test]
    fn a_value_keeps_its_bytes_and_its_time() {
        let written = b" {\"n\" : 1.0 , \"n\":1e999}\n";
        let minute = Ttl::After(Duration::from_millis(60_001));
        assert_eq!(found(written, Some(60_001), None), value(written, minute));
        assert_eq!(found(b"7", Some(60_001), Some(DAY)), value(b"7", minute));
        assert_eq!(found(b"7", Some(0), None), Found::Nothing(End::Gone));
    }

    #[test]
    fn a_key_without_an_end_has_the_time_of_its_row() {
        assert_eq!(found(b"7", None, None), Found::Nothing(End::Endless));
        assert_eq!(found(b"7", None, Some(DAY)), value(b"7", DAY));
        assert_eq!(found(b"7", None, Some(Ttl::Never)), value(b"7", Ttl::Never));
    }

    #[test]
    fn what_is_no_json_is_left() {
        for bytes in [
            &b""[..],
            b"{",
            b"Jita",
            b"1 2",
            b"\"\xff\"",
            b"\x83\x68",
            b"'a'",
        ] {
            let left = found(bytes, None, Some(DAY));
            assert_eq!(left, Found::Nothing(End::NotJson), "{bytes:?}");
        }
        let left = Found::of(ForeignValue::OtherKind, Some(DAY));
        assert_eq!(left, Found::Nothing(End::NotJson));
    }

    #[test]
    fn what_is_not_there_or_too_long_is_told_apart() {
        let of = |value| Found::of(value, None);
        assert_eq!(of(ForeignValue::Absent), Found::Nothing(End::Gone));
        assert_eq!(of(ForeignValue::Longer { length: 7 }), Found::Longer(7));
    }
}
