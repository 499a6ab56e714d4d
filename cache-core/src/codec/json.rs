//! JSON: larger and slower, but it reads every serde type and people can read it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecKind};
use crate::{Error, ErrorKind, Result};

/// JSON (RFC 8259). Trailing bytes other than white space are refused.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Codec for Json {
    const KIND: CodecKind = CodecKind::Json;

    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
        serde_json::to_vec(value)
            .map_err(|_| Error::new(ErrorKind::Codec, "JSON cannot express the value"))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
        // serde_json's own message may quote the value, so it is not kept.
        serde_json::from_slice(bytes).map_err(|error| {
            Error::new(
                ErrorKind::Codec,
                format!(
                    "the bytes are not JSON of this type (column {})",
                    error.column()
                ),
            )
        })
    }
}
