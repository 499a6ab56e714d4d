//! How an entry's meta is shown: the same facts for people and as JSON.

use std::time::Duration;

use cache_core::{CodecKind, Flags, Meta, Timestamp};
use serde::Serialize;

use super::look::state;
use super::store::Store;

/// What is known of an entry without its value. A time without an end is `null`.
#[derive(Serialize)]
pub(super) struct Facts {
    pub(super) state: &'static str,
    pub(super) negative: bool,
    /// Marked old by `expire`.
    pub(super) expired: bool,
    /// Somebody refreshes it.
    pub(super) claimed: bool,
    pub(super) created_ms: u64,
    pub(super) age_ms: u64,
    pub(super) fresh_for_ms: Option<u64>,
    pub(super) dead_in_ms: Option<u64>,
    pub(super) codec: Option<&'static str>,
    pub(super) weight: u32,
    pub(super) stamp: String,
}

impl Facts {
    pub(super) fn of(store: &Store, meta: &Meta) -> Self {
        let now = store.judge.clock().now();
        let state = state(store, meta, now);
        Self {
            state,
            negative: meta.is_negative(),
            expired: meta.flags.contains(Flags::EXPIRED),
            claimed: meta.claimed_until > now,
            created_ms: meta.created.as_millis(),
            age_ms: millis(now.since(meta.created)),
            fresh_for_ms: if state == "fresh" {
                until(meta.fresh_until, now)
            } else {
                Some(0)
            },
            dead_in_ms: until(meta.dead_at, now),
            codec: meta.codec.map(CodecKind::as_str),
            weight: meta.weight,
            stamp: hex(&meta.stamp.to_bytes()),
        }
    }

    /// Says state and marks: `stale, negative, expired`.
    pub(super) fn marks(&self) -> String {
        let marks = [
            (self.negative, "negative"),
            (self.expired, "expired"),
            (self.claimed, "being refreshed"),
        ];
        let mut text = self.state.to_owned();
        for (_, mark) in marks.iter().filter(|(is_set, _)| *is_set) {
            text.push_str(", ");
            text.push_str(mark);
        }
        text
    }

    pub(super) fn age(&self) -> String {
        short(self.age_ms)
    }

    pub(super) fn fresh_for(&self) -> String {
        self.fresh_for_ms.map_or_else(|| "ever".to_owned(), short)
    }

    pub(super) fn dead(&self) -> String {
        let text = |millis| format!("in {}", short(millis));
        self.dead_in_ms.map_or_else(|| "never".to_owned(), text)
    }
}

fn until(moment: Timestamp, now: Timestamp) -> Option<u64> {
    (moment != Timestamp::NEVER).then(|| millis(moment.since(now)))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Spells a time by its two largest units, without what is below: `1h2m`, `250ms`.
pub(super) fn short(millis: u64) -> String {
    const UNITS: [(&str, u64); 4] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let Some(first) = UNITS.iter().position(|(_, size)| millis >= *size) else {
        return format!("{millis}ms");
    };
    let mut rest = millis;
    let mut text = String::new();
    for (unit, size) in UNITS.iter().skip(first).take(2) {
        if rest >= *size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    text
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('?');
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units_and_never_too_much() {
        for (millis, text) in [
            (0, "0ms"),
            (999, "999ms"),
            (1_999, "1s"),
            (119_999, "1m59s"),
            (3_600_000, "1h"),
            (3_659_000, "1h"),
            (90_000_000, "1d1h"),
        ] {
            assert_eq!(short(millis), text);
        }
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(hex(&[0, 0x1b, 0xff]), "001bff");
    }
}
