//! Moments for people and machines to read: RFC 3339, UTC, milliseconds.

use std::time::{Duration, UNIX_EPOCH};

use cache_core::Timestamp;
use serde::Serializer;

/// The last moment that has a spelling: the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;

pub(crate) fn serialize<S: Serializer>(moment: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&text(*moment))
}

/// Spells a moment.
pub(crate) fn text(moment: Timestamp) -> String {
    let millis = moment.as_millis().min(LAST);
    let moment = UNIX_EPOCH + Duration::from_millis(millis);
    humantime::format_rfc3339_millis(moment).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_has_a_spelling() {
        let spelled = text(Timestamp::from_millis(1_637_971_200_123));
        assert_eq!(spelled, "2021-11-27T00:00:00.123Z");
        assert_eq!(text(Timestamp::ZERO), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(Timestamp::NEVER), "9999-12-31T23:59:59.999Z");
    }
}
