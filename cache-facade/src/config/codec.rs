//! The codec's name as text.

use cache_core::CodecKind;
use serde::{Deserializer, Serializer};

use super::leaf::{self, Checked};

const ACCEPTED: &str = "`bincode`, `postcard` or `json`";

fn parse(text: &str) -> Checked<Option<CodecKind>> {
    let kind = CodecKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text);
    match kind {
        Some(kind) => Ok(Some(kind)),
        None => Err(format!("unknown codec; accepted is {ACCEPTED}").into()),
    }
}

pub(super) fn serialize<S: Serializer>(
    value: &Option<CodecKind>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(kind) => to.serialize_str(kind.as_str()),
        None => to.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<CodecKind>, D::Error> {
    leaf::read(from, ACCEPTED, parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_is_read_by_its_name_and_named_in_the_error() {
        for kind in CodecKind::ALL {
            assert_eq!(parse(kind.as_str()), Ok(Some(kind)));
            assert!(ACCEPTED.contains(kind.as_str()));
        }
        assert!(parse("Json").is_err());
    }
}
