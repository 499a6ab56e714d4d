//! Entries: what is stored under a key.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::{CodecKind, Extensions, Flags, Meta, Object};

/// What an entry holds.
#[derive(Clone)]
pub enum Payload {
    /// A value as it is, for in-process stores: a hit decodes nothing.
    Object(Arc<dyn Object>),
    /// A value encoded by the codec that the meta names, for byte stores.
    Encoded(Bytes),
    /// Known to be absent: distinct from a miss and from every value.
    Negative,
    /// Somebody is loading.
    Lease,
}

impl fmt::Debug for Payload {
    /// Says of what form the payload is, never what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(_) => f.write_str("Object"),
            Self::Encoded(bytes) => write!(f, "Encoded({} bytes)", bytes.len()),
            Self::Negative => f.write_str("Negative"),
            Self::Lease => f.write_str("Lease"),
        }
    }
}

/// An entry: what is known about it, what it holds, and optional additions.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Everything but the value.
    pub meta: Meta,
    /// The value.
    pub payload: Payload,
    /// Validators and other additions; most entries have none.
    pub extensions: Option<Arc<Extensions>>,
}

impl Entry {
    /// Makes an entry of an object.
    #[must_use]
    pub fn object(meta: Meta, value: Arc<dyn Object>) -> Self {
        Self::of(
            Meta {
                codec: None,
                ..meta
            },
            Flags::NONE,
            Payload::Object(value),
        )
    }

    /// Makes an entry of encoded bytes.
    #[must_use]
    pub fn encoded(meta: Meta, codec: CodecKind, bytes: Bytes) -> Self {
        Self::of(
            Meta {
                codec: Some(codec),
                ..meta
            },
            Flags::NONE,
            Payload::Encoded(bytes),
        )
    }

    /// Makes a negative entry.
    #[must_use]
    pub fn negative(meta: Meta) -> Self {
        Self::of(
            Meta {
                codec: None,
                ..meta
            },
            Flags::NEGATIVE,
            Payload::Negative,
        )
    }

    /// Makes a lease.
    #[must_use]
    pub fn lease(meta: Meta) -> Self {
        Self::of(
            Meta {
                codec: None,
                ..meta
            },
            Flags::LEASE,
            Payload::Lease,
        )
    }

    fn of(meta: Meta, kind: Flags, payload: Payload) -> Self {
        let others = meta.flags.without(Flags::NEGATIVE).without(Flags::LEASE);
        Self {
            meta: Meta {
                flags: others.with(kind),
                ..meta
            },
            payload,
            extensions: None,
        }
    }

    /// Adds validators and the like.
    #[must_use]
    pub fn with_extensions(mut self, extensions: Extensions) -> Self {
        self.extensions = (!extensions.is_empty()).then(|| Arc::new(extensions));
        self
    }
}
