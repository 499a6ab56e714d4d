//! bincode 2 through serde, with the limit that keeps forged lengths from allocating.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecKind, DECODE_LIMIT, check_consumed};
use crate::{Error, ErrorKind, Result};

const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_LIMIT>> =
    bincode::config::standard().with_limit::<DECODE_LIMIT>();

/// bincode 2 in its standard configuration (little endian, variable-length integers).
///
/// It cannot read types whose shape only the bytes tell: untagged, internally tagged or flattened enums and structs.
#[derive(Clone, Copy, Debug)]
pub struct Bincode;

impl Codec for Bincode {
    const KIND: CodecKind = CodecKind::Bincode;

    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
        bincode::serde::encode_to_vec(value, CONFIG)
            .map_err(|_| Error::new(ErrorKind::Codec, "bincode cannot express the value"))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
        let (value, consumed) = bincode::serde::decode_from_slice(bytes, CONFIG)
            .map_err(|_| Error::new(ErrorKind::Codec, "the bytes are not bincode of this type"))?;
        check_consumed(consumed, bytes.len())?;
        Ok(value)
    }
}
