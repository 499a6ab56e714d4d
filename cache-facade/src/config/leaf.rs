//! Settings that are one text: every kind of them is read by the same visitor, so that none of them echoes its value.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// What a reader of text answers: the value, or what is wrong and what is accepted, without the text itself.
pub(crate) type Checked<T> = Result<T, Cow<'static, str>>;

/// Reads a setting that is written as text; a plain number is read as its digits.
pub(super) fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    accepted: &'static str,
    parse: fn(&str) -> Checked<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Leaf {
        accepted,
        parse,
        value: PhantomData,
    })
}

struct Leaf<T> {
    accepted: &'static str,
    parse: fn(&str) -> Checked<T>,
    value: PhantomData<T>,
}

impl<T> Visitor<'_> for Leaf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.accepted)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::Error as AnyError;

    use super::*;
    use crate::config::byte_size;

    #[test]
    fn other_formats_may_hold_numbers_of_either_sign() {
        let from_unsigned: Result<u64, AnyError> =
            read(7_u64.into_deserializer(), "a size", byte_size::parse);
        let from_signed: Result<u64, AnyError> =
            read(7_i64.into_deserializer(), "a size", byte_size::parse);
        assert_eq!((from_unsigned, from_signed), (Ok(7), Ok(7)));
        let negative: Result<u64, AnyError> =
            read((-7_i64).into_deserializer(), "a size", byte_size::parse);
        assert!(negative.is_err());
    }
}
