//! What a domain does with values of its type: encode, decode, weigh. Chosen where the type is known, called everywhere else.

use std::sync::Arc;

use bytes::Bytes;
use cache_core::{
    CodecKind, Entry, Error, ErrorKind, Meta, Operation, Payload, PayloadForm, Result,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cacheable::Cacheable;
use crate::lookup::MissReason;
use crate::weight::Weight;

/// How values become bytes and back.
#[derive(Debug)]
pub(crate) struct Serde<T> {
    pub(crate) encode: fn(CodecKind, &T) -> Result<Vec<u8>>,
    pub(crate) decode: fn(CodecKind, &[u8]) -> Result<T>,
}

impl<T> Clone for Serde<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Serde<T> {}

impl<T: Serialize + DeserializeOwned> Serde<T> {
    pub(crate) fn new() -> Self {
        Self {
            encode: |codec, value| codec.encode(value),
            decode: |codec, bytes| codec.decode(bytes),
        }
    }
}

/// The functions of a type.
#[derive(Debug)]
pub(crate) struct Hooks<T> {
    pub(crate) serde: Option<Serde<T>>,
    pub(crate) weigh: fn(&T) -> Weight,
}

impl<T> Clone for Hooks<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Hooks<T> {}

impl<T: Cacheable> Hooks<T> {
    pub(crate) fn objects() -> Self {
        Self {
            serde: None,
            weigh: T::weight,
        }
    }
}

impl<T: Cacheable + Serialize + DeserializeOwned> Hooks<T> {
    pub(crate) fn serde() -> Self {
        Self {
            serde: Some(Serde::new()),
            weigh: T::weight,
        }
    }
}

/// How a domain packs its values, settled when the cache is built.
#[derive(Debug)]
pub(crate) enum Packing<T> {
    /// The store keeps objects.
    Object,
    /// The store keeps bytes.
    Encoded {
        codec: CodecKind,
        serde: Serde<T>,
        max_payload: usize,
    },
}

impl<T: Send + Sync + 'static> Packing<T> {
    /// Settles the packing.
    ///
    /// # Errors
    /// `InvalidConfig` if the store keeps bytes and the type has no serde, or no codec is compiled in.
    pub(crate) fn settle(
        domain: &str,
        backend: &str,
        form: PayloadForm,
        serde: Option<Serde<T>>,
        codec: Option<CodecKind>,
        max_payload: usize,
    ) -> Result<Self> {
        if form == PayloadForm::Object {
            return Ok(Self::Object);
        }
        let refused = |why: &str| {
            Error::new(
                ErrorKind::InvalidConfig,
                format!("domain `{domain}` on backend `{backend}`: {why}"),
            )
            .operation(Operation::Build)
        };
        let serde = serde.ok_or_else(|| refused("this backend keeps bytes, and the domain was registered by `objects`, without serde; accepted: an in-process backend, or `domain`"))?;
        let codec = codec.or_else(CodecKind::preferred).ok_or_else(|| refused("this backend keeps bytes; enable one of the features `codec-bincode`, `codec-postcard`, `codec-json`"))?;
        if !codec.is_available() {
            return Err(refused(&format!(
                "codec `{0}` is not compiled in; enable the feature `codec-{0}`",
                codec.as_str()
            )));
        }
        Ok(Self::Encoded {
            codec,
            serde,
            max_payload,
        })
    }

    /// Packs a value.
    ///
    /// # Errors
    /// `Codec` if the codec cannot express it, `TooLarge` if it exceeds `max_payload`.
    pub(crate) fn pack(&self, meta: Meta, value: Arc<T>) -> Result<Entry> {
        match self {
            Self::Object => Ok(Entry::object(meta, value)),
            Self::Encoded {
                codec,
                serde,
                max_payload,
            } => {
                let bytes = (serde.encode)(*codec, &value)?;
                if bytes.len() > *max_payload {
                    return Err(Error::new(
                        ErrorKind::TooLarge,
                        format!(
                            "the encoded value has {} bytes; accepted: up to {max_payload}",
                            bytes.len()
                        ),
                    ));
                }
                Ok(Entry::encoded(meta, *codec, Bytes::from(bytes)))
            }
        }
    }

    /// Unpacks a value; `Ok(None)` is a negative entry.
    pub(crate) fn unpack(
        &self,
        meta: &Meta,
        payload: Payload,
    ) -> Result<Option<Arc<T>>, MissReason> {
        match payload {
            Payload::Object(object) => match object.downcast::<T>() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(MissReason::WrongType),
            },
            Payload::Encoded(bytes) => self.decode(meta, &bytes).map(Some),
            Payload::Negative => Ok(None),
            Payload::Lease => Err(MissReason::Absent),
        }
    }

    fn decode(&self, meta: &Meta, bytes: &[u8]) -> Result<Arc<T>, MissReason> {
        let (
            Self::Encoded {
                serde, max_payload, ..
            },
            Some(codec),
        ) = (self, meta.codec)
        else {
            return Err(MissReason::WrongType);
        };
        if bytes.len() > *max_payload {
            return Err(MissReason::Undecodable);
        }
        (serde.decode)(codec, bytes)
            .map(Arc::new)
            .map_err(|_| MissReason::Undecodable)
    }
}
