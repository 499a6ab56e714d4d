//! Durations as text: `250ms`, `5s`, `1h30m`, `7d`. The one place that reads and writes them.

use std::time::Duration;

use super::leaf::Checked;

/// What an error says is accepted.
pub(crate) const ACCEPTED: &str =
    "a duration such as `250ms`, `5s`, `1h30m` or `7d` (units: ns, us, ms, s, m, h, d, w)";

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Units and their nanoseconds, the longest first.
const UNITS: [(&str, u128); 8] = [
    ("w", 604_800 * NANOS_PER_SECOND),
    ("d", 86_400 * NANOS_PER_SECOND),
    ("h", 3_600 * NANOS_PER_SECOND),
    ("m", 60 * NANOS_PER_SECOND),
    ("s", NANOS_PER_SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads a duration: numbers with a unit each, added up.
pub(crate) fn parse(text: &str) -> Checked<Duration> {
    if text.is_empty() {
        return refuse("an empty text");
    }
    let mut nanos = 0_u128;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = first_part(rest)?;
        // A sum that saturates is too long for a `Duration` anyway.
        nanos = nanos.saturating_add(part);
        rest = after;
    }
    from_nanos(nanos)
}

/// Reads one number with its unit, and returns what follows.
fn first_part(text: &str) -> Checked<(u128, &str)> {
    let (digits, rest) = split_where(text, |c| !c.is_ascii_digit());
    let (unit, rest) = split_where(rest, |c| !c.is_ascii_alphabetic());
    if digits.is_empty() {
        return refuse("no duration");
    }
    if unit.is_empty() {
        return refuse("a number without a unit");
    }
    let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return refuse("an unknown unit");
    };
    match digits.parse::<u64>() {
        Ok(number) => Ok((u128::from(number) * size, rest)),
        Err(_) => refuse("too long a time"),
    }
}

fn split_where(text: &str, ends: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn from_nanos(nanos: u128) -> Checked<Duration> {
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND);
    let below_one_second = u32::try_from(nanos % NANOS_PER_SECOND);
    match (seconds, below_one_second) {
        (Ok(seconds), Ok(nanos)) => Ok(Duration::new(seconds, nanos)),
        _ => refuse("too long a time"),
    }
}

fn refuse<T>(what: &str) -> Checked<T> {
    Err(format!("{what}; accepted is {ACCEPTED}").into())
}

/// Writes a duration so that [`parse`] reads the same again: days and shorter units, zero as `0s`.
pub(crate) fn write(duration: Duration) -> String {
    let mut nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, size) in UNITS.iter().skip(1) {
        if nanos >= *size {
            text.push_str(&format!("{}{unit}", nanos / size));
            nanos %= size;
        }
    }
    text
}

/// serde for a `Duration`.
pub(crate) mod required {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    use crate::config::leaf;

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::write(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        leaf::read(from, super::ACCEPTED, super::parse)
    }
}

/// serde for an `Option<Duration>` that is left out where it is `None`.
pub(crate) mod optional {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::required::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        super::required::deserialize(from).map(Some)
    }
}

/// serde for an `Option<Duration>` whose `None` is the word `none`.
pub(crate) mod or_none {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    use crate::config::leaf::{self, Checked};

    const NONE: &str = "none";
    const ACCEPTED: &str = "`none`, or a duration such as `250ms` or `5s`";

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::required::serialize(value, to),
            None => to.serialize_str(NONE),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        leaf::read(from, ACCEPTED, parse)
    }

    fn parse(text: &str) -> Checked<Option<Duration>> {
        if text == NONE {
            return Ok(None);
        }
        super::parse(text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_unit_is_read_and_sums_add_up() {
        for (text, nanos) in [
            ("0s", 0),
            ("1ns", 1),
            ("1us", 1_000),
            ("250ms", 250_000_000),
            ("5s", 5_000_000_000),
            ("2m", 120_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("7d", 604_800_000_000_000),
            ("1w", 604_800_000_000_000),
            ("1s1s", 2_000_000_000),
            ("1ms1s", 1_001_000_000),
            ("007s", 7_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_why_and_what_is_accepted() {
        for (text, what) in [
            ("", "an empty text"),
            ("abc", "no duration"),
            ("s", "no duration"),
            ("-5s", "no duration"),
            (" 5s", "no duration"),
            ("5s ", "no duration"),
            (".5s", "no duration"),
            ("250", "a number without a unit"),
            ("1h30", "a number without a unit"),
            ("1.5s", "a number without a unit"),
            ("5 s", "a number without a unit"),
            ("5µs", "a number without a unit"),
            ("5sec", "an unknown unit"),
            ("5S", "an unknown unit"),
            ("18446744073709551616s", "too long a time"),
            ("18446744073709551615m", "too long a time"),
            ("18446744073709551615s1s", "too long a time"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, format!("{what}; accepted is {ACCEPTED}"), "{text}");
        }
    }

    #[test]
    fn written_text_is_short_and_exact() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_secs(60), "1m"),
            (Duration::from_secs(5_400), "1h30m"),
            (Duration::from_secs(14 * 86_400), "14d"),
            (Duration::new(1, 1), "1s1ns"),
        ] {
            assert_eq!(write(duration), text);
        }
        assert_eq!(parse(&write(Duration::MAX)), Ok(Duration::MAX));
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(seconds: u64, nanos in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(parse(&write(duration)), Ok(duration));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), parts in "([0-9]{0,25}[a-zµ. ]{0,3}){0,5}") {
            let _ = parse(&text);
            let _ = parse(&parts);
        }
    }
}
