//! Which ids exist.
//!
//! EVE gives ids out in ranges. Up to 2010 players' characters, corporations and alliances shared one range from
//! 100,000,000 on; since then each has its own, and characters have moved on to 2,100,000,000.

use std::ops::RangeInclusive;

use crate::Kind;

const SHARED: RangeInclusive<i32> = 100_000_000..=2_099_999_999;

const CHARACTERS: [RangeInclusive<i32>; 4] = [
    3_000_000..=3_999_999,
    90_000_000..=97_999_999,
    SHARED,
    2_100_000_000..=i32::MAX,
];

const CORPORATIONS: [RangeInclusive<i32>; 3] =
    [1_000_000..=1_999_999, 98_000_000..=98_999_999, SHARED];

const ALLIANCES: [RangeInclusive<i32>; 2] = [99_000_000..=99_999_999, SHARED];

const TYPES: [RangeInclusive<i32>; 1] = [1..=99_999];

/// Reads an id as it stands in a path: a positive number of 32 bits in digits alone.
pub(super) fn parse(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && *id > 0)
}

/// Returns whether an id lies in a range of its kind. For systems and killmails there are lists instead of ranges.
pub(super) fn in_range(kind: Kind, id: i32) -> bool {
    let ranges: &[RangeInclusive<i32>] = match kind {
        Kind::Character => &CHARACTERS,
        Kind::Corporation => &CORPORATIONS,
        Kind::Alliance => &ALLIANCES,
        Kind::Type => &TYPES,
        Kind::System | Kind::Killmail => return id > 0,
    };
    ranges.iter().any(|range| range.contains(&id))
}

/// Returns whether it is one of the game's own characters or corporations.
pub(super) fn is_npc(id: i32) -> bool {
    id < 4_000_000
}

#[cfg(test)]
mod tests {
    use super::{in_range, parse};
    use crate::Kind;

    #[test]
    fn only_positive_numbers_of_32_bits_are_ids() {
        assert_eq!(parse("2147483647"), Some(i32::MAX));
        for text in ["0", "-1", "+1", "1.0", "0x1", "2147483648", "", " 1", "abc"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn each_kind_has_its_own_ranges() {
        assert!(in_range(Kind::Character, 2_112_000_000));
        assert!(!in_range(Kind::Corporation, i32::MAX));
        assert!(!in_range(Kind::Character, 98_000_001));
        assert!(in_range(Kind::Corporation, 98_000_001));
        assert!(!in_range(Kind::Alliance, 98_000_001));
        assert!(in_range(Kind::Alliance, 99_000_001));
        assert!(!in_range(Kind::Type, 100_000));
    }
}
