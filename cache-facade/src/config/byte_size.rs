//! Sizes in bytes as text: `8MiB`, `512KiB`, or the plain number.

use super::leaf::Checked;

/// What an error says is accepted.
pub(super) const ACCEPTED: &str =
    "a number of bytes, plain or with a unit such as `512KiB` or `8MiB` (units: B, KiB, MiB, GiB)";

/// Units and their bytes, the largest first. `B` is what is written where no other fits.
const UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

pub(super) fn parse(text: &str) -> Checked<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let size = match unit {
        "" => Some(1),
        unit => UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, size)| *size),
    };
    let number = digits.parse::<u64>().ok();
    number
        .zip(size)
        .and_then(|(number, size)| number.checked_mul(size))
        .ok_or_else(|| format!("accepted is {ACCEPTED}").into())
}

pub(super) fn write(bytes: u64) -> String {
    UNITS
        .iter()
        .find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size))
        .map_or_else(
            || format!("{bytes}B"),
            |(unit, size)| format!("{}{unit}", bytes / size),
        )
}

/// serde for a `u64` of bytes.
pub(super) mod required {
    use serde::{Deserializer, Serializer};

    use crate::config::leaf;

    pub(in crate::config) fn serialize<S: Serializer>(
        value: &u64,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::write(*value))
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<u64, D::Error> {
        leaf::read(from, super::ACCEPTED, super::parse)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_numbers_and_units_are_read() {
        for (text, bytes) in [
            ("0", 0),
            ("7", 7),
            ("7B", 7),
            ("2KiB", 2_048),
            ("8MiB", 8_388_608),
            ("1GiB", 1_073_741_824),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "MiB",
            "-1",
            "8MB",
            "8 MiB",
            "8mib",
            "1.5MiB",
            "17179869184GiB",
        ] {
            assert_eq!(
                parse(text).unwrap_err(),
                format!("accepted is {ACCEPTED}"),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(bytes: u64) {
            prop_assert_eq!(parse(&write(bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
