//! The instants in ESI's bodies.

use std::error::Error;
use std::fmt;
use std::time::UNIX_EPOCH;

/// Reads a UTC instant of RFC 3339, such as `2021-11-29T00:00:01Z`, as milliseconds since 1970.
///
/// # Errors
///
/// [`BadTime`] if the text is anything else; ESI writes all instants in UTC with a `Z`.
pub fn unix_millis(text: &str) -> Result<u64, BadTime> {
    let instant = humantime::parse_rfc3339(text).map_err(|_| BadTime)?;
    let since = instant.duration_since(UNIX_EPOCH).map_err(|_| BadTime)?;
    u64::try_from(since.as_millis()).map_err(|_| BadTime)
}

/// A text that is no UTC instant of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTime;

impl fmt::Display for BadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an instant such as 2021-11-29T00:00:01Z")
    }
}

impl Error for BadTime {}

#[cfg(test)]
mod tests {
    use super::{BadTime, unix_millis};

    #[test]
    fn instants_become_milliseconds() {
        assert_eq!(unix_millis("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(unix_millis("2021-11-29T00:00:01Z"), Ok(1_638_144_001_000));
        assert_eq!(
            unix_millis("2021-11-29T00:00:01.25Z"),
            Ok(1_638_144_001_250)
        );
        // The last day of a leap year's February, and a year's turn.
        assert_eq!(unix_millis("2020-02-29T23:59:59Z"), Ok(1_583_020_799_000));
        assert_eq!(unix_millis("2022-01-01T00:00:00Z"), Ok(1_640_995_200_000));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "now",
            "2021-11-29",
            "2021-13-01T00:00:00Z",
            "2021-02-30T00:00:00Z",
            "2021-11-29T00:00:01",
            "2021-11-29T00:00:01+01:00",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(unix_millis(text), Err(BadTime), "{text}");
        }
    }
}
