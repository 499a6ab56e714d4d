//! postcard 1: a documented wire format, and the way out of bincode.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecKind, check_consumed};
use crate::{Error, ErrorKind, Result};

/// postcard 1 (<https://postcard.jamesmunns.com/wire-format>).
///
/// It cannot read types whose shape only the bytes tell: untagged, internally tagged or flattened enums and structs.
#[derive(Clone, Copy, Debug)]
pub struct Postcard;

impl Codec for Postcard {
    const KIND: CodecKind = CodecKind::Postcard;

    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
        postcard::to_stdvec(value)
            .map_err(|_| Error::new(ErrorKind::Codec, "postcard cannot express the value"))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
        let (value, rest) = postcard::take_from_bytes(bytes)
            .map_err(|_| Error::new(ErrorKind::Codec, "the bytes are not postcard of this type"))?;
        check_consumed(bytes.len() - rest.len(), bytes.len())?;
        Ok(value)
    }
}
