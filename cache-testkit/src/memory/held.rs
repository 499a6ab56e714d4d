//! What is held under one key: an entry as it is, the bytes of an envelope, or another kind of thing.

use bytes::Bytes;
use cache_core::{Entry, Found, Judge, Meta, PayloadForm, Reason, envelope};

#[derive(Clone, Debug)]
pub(super) enum Held {
    Entry(Entry),
    Bytes(Bytes),
    OtherKind,
}

impl Held {
    /// Takes an entry in; `None` if it holds an object where envelopes are kept.
    pub(super) fn of(entry: Entry, form: PayloadForm, schema: u64) -> Option<Self> {
        match form {
            PayloadForm::Object => Some(Self::Entry(entry)),
            PayloadForm::Encoded => {
                envelope::encode(schema, &entry).map(|bytes| Self::Bytes(bytes.into()))
            }
        }
    }

    pub(super) fn entry(&self, schema: u64) -> Result<Entry, Reason> {
        match self {
            Self::Entry(entry) => Ok(entry.clone()),
            Self::Bytes(bytes) => envelope::decode(bytes, schema),
            Self::OtherKind => Err(Reason::WrongType),
        }
    }

    pub(super) fn meta(&self, schema: u64) -> Result<Meta, Reason> {
        match self {
            Self::Entry(entry) => Ok(entry.meta),
            Self::Bytes(_) | Self::OtherKind => self.entry(schema).map(|entry| entry.meta),
        }
    }

    pub(super) fn found(&self, judge: &Judge, schema: u64) -> Found {
        match self.entry(schema) {
            Ok(entry) => judge.found(entry),
            Err(reason) => Found::Unreadable(reason),
        }
    }

    /// What it weighs: an object by its meta, an envelope by its length.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::Entry(entry) => u64::from(entry.meta.weight),
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::OtherKind => 1,
        }
    }
}
