//! Codecs: how values become the bytes of a payload. Which one writes is configuration; every compiled-in one is read.
//!
//! A codec writes no type information, so the same bytes could read as another type: the schema in the address keeps
//! types apart. A hostile store can still claim 2^32 elements of a type that takes no bytes (`Vec<()>`); do not cache such.

#[cfg(feature = "codec-bincode")]
mod bincode;
#[cfg(feature = "codec-json")]
mod json;
#[cfg(feature = "codec-postcard")]
mod postcard;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, ErrorKind, Result};

#[cfg(feature = "codec-bincode")]
#[cfg_attr(docsrs, doc(cfg(feature = "codec-bincode")))]
pub use self::bincode::Bincode;
#[cfg(feature = "codec-json")]
#[cfg_attr(docsrs, doc(cfg(feature = "codec-json")))]
pub use self::json::Json;
#[cfg(feature = "codec-postcard")]
#[cfg_attr(docsrs, doc(cfg(feature = "codec-postcard")))]
pub use self::postcard::Postcard;

/// The most memory, in bytes, that decoding may claim for collections on the word of the bytes: 64 MiB.
pub const DECODE_LIMIT: usize = 64 * 1024 * 1024;

/// Turns values into bytes and back.
pub trait Codec {
    /// Which codec this is, as the envelope names it.
    const KIND: CodecKind;

    /// Encodes a value.
    ///
    /// # Errors
    /// `Codec` if the value cannot be expressed.
    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>>;

    /// Decodes a value; every byte must be used.
    ///
    /// # Errors
    /// `Codec` if the bytes are not what [`Codec::encode`] writes for this type.
    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T>;
}

/// The codecs there are, compiled in or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecKind {
    /// bincode 2, standard configuration: feature `codec-bincode`.
    Bincode,
    /// postcard 1: feature `codec-postcard`.
    Postcard,
    /// JSON: feature `codec-json`. Self-describing, so every serde type works.
    Json,
}

impl CodecKind {
    /// Every codec.
    pub const ALL: [Self; 3] = [Self::Bincode, Self::Postcard, Self::Json];

    /// Returns the number in the envelope.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::Bincode => 1,
            Self::Postcard => 2,
            Self::Json => 3,
        }
    }

    /// Returns the codec of a number in an envelope.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Names the codec as configuration spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bincode => "bincode",
            Self::Postcard => "postcard",
            Self::Json => "json",
        }
    }

    /// Says whether its feature is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::Bincode => cfg!(feature = "codec-bincode"),
            Self::Postcard => cfg!(feature = "codec-postcard"),
            Self::Json => cfg!(feature = "codec-json"),
        }
    }

    /// Returns the codec that writes where nothing is configured: the first that is compiled in.
    #[must_use]
    pub fn preferred() -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.is_available())
    }

    /// Encodes a value.
    ///
    /// # Errors
    /// `Codec` if the value cannot be expressed, `InvalidConfig` if the codec is not compiled in.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>> {
        match self {
            #[cfg(feature = "codec-bincode")]
            Self::Bincode => Bincode::encode(value),
            #[cfg(feature = "codec-postcard")]
            Self::Postcard => Postcard::encode(value),
            #[cfg(feature = "codec-json")]
            Self::Json => Json::encode(value),
            #[allow(
                unreachable_patterns,
                reason = "reachable where a codec's feature is off"
            )]
            _ => not_compiled_in(self, value),
        }
    }

    /// Decodes a value.
    ///
    /// # Errors
    /// `Codec` if the bytes are not of this type, `InvalidConfig` if the codec is not compiled in.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        match self {
            #[cfg(feature = "codec-bincode")]
            Self::Bincode => Bincode::decode(bytes),
            #[cfg(feature = "codec-postcard")]
            Self::Postcard => Postcard::decode(bytes),
            #[cfg(feature = "codec-json")]
            Self::Json => Json::decode(bytes),
            #[allow(
                unreachable_patterns,
                reason = "reachable where a codec's feature is off"
            )]
            _ => not_compiled_in(self, bytes),
        }
    }
}

fn not_compiled_in<T, V: ?Sized>(kind: CodecKind, _: &V) -> Result<T> {
    Err(Error::new(
        ErrorKind::InvalidConfig,
        format!(
            "the codec `{0}` is not compiled in; it needs the feature `codec-{0}`",
            kind.as_str()
        ),
    ))
}

#[cfg(any(feature = "codec-bincode", feature = "codec-postcard"))]
fn check_consumed(consumed: usize, given: usize) -> Result<()> {
    if consumed == given {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Codec,
        format!("{} bytes are left over", given - consumed),
    ))
}

#[cfg(all(
    test,
    feature = "codec-bincode",
    feature = "codec-postcard",
    feature = "codec-json"
))]
mod tests {
    use super::*;

    type Value = (u32, String, Vec<Option<i64>>);

    #[test]
    fn every_codec_round_trips_and_refuses_what_is_left_over() {
        let value: Value = (7, "Jita".to_owned(), vec![None, Some(-1)]);
        for kind in CodecKind::ALL {
            let mut bytes = kind.encode(&value).unwrap();
            assert_eq!(kind.decode::<Value>(&bytes).unwrap(), value);
            bytes.push(b'7');
            assert_eq!(
                kind.decode::<Value>(&bytes).unwrap_err().kind(),
                ErrorKind::Codec,
                "{kind:?}"
            );
            assert_eq!(
                kind.decode::<Value>(&[]).unwrap_err().kind(),
                ErrorKind::Codec
            );
            assert_eq!(CodecKind::from_id(kind.id()), Some(kind));
        }
    }

    /// Trap 40: a forged length must be an error and not an allocation of that size.
    #[test]
    fn forged_lengths_are_errors() {
        let bincode = [253, 0, 0, 0, 0, 0, 1, 0, 0];
        assert!(CodecKind::Bincode.decode::<Vec<u8>>(&bincode).is_err());
        assert!(CodecKind::Bincode.decode::<Vec<u64>>(&bincode).is_err());
        let postcard = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        assert!(CodecKind::Postcard.decode::<Vec<u8>>(&postcard).is_err());
        assert!(
            CodecKind::Postcard
                .decode::<Vec<String>>(&postcard)
                .is_err()
        );
    }

    #[test]
    fn errors_name_no_value() {
        let error = CodecKind::Json.decode::<u8>(b"\"secret\"").unwrap_err();
        assert!(!format!("{error}").contains("secret"));
    }
}
