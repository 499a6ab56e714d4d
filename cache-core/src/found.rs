//! Answers of a backend, and the conditions under which it stores.

use std::sync::Arc;

use crate::{AnyShared, Entry, Meta, Stamp};

/// What a read met. Only the facade turns the last three into a miss.
#[derive(Clone, Debug)]
pub enum Found {
    /// A live entry: fresh, or stale and not yet dead.
    Entry(Entry),
    /// A live entry as an in-process store keeps it: a hit then copies one pointer. [`Found::unshared`] makes an entry of it.
    Shared(Arc<dyn AnyShared>),
    /// Nothing, or a lease.
    Absent,
    /// An entry past its dead-at that the store still holds.
    Dead,
    /// Something that cannot be read as an entry. It stays stored: another release may own it.
    Unreadable(Reason),
}

impl Found {
    /// Returns what is known about a live entry, in whichever form it was found.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Entry(entry) => Some(&entry.meta),
            Self::Shared(shared) => Some(shared.meta()),
            Self::Absent | Self::Dead | Self::Unreadable(_) => None,
        }
    }

    /// Turns a shared entry into an entry of its own; the value stays shared. Everything else is returned as it is.
    #[must_use]
    pub fn unshared(self) -> Self {
        match self {
            Self::Shared(shared) => Self::Entry(shared.to_entry()),
            other => other,
        }
    }
}

/// Why something stored cannot be read.
// A whole word, so that a `Found` is moved in whole words: a hit does nothing but move what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u64)]
pub enum Reason {
    /// No envelope: a foreign key, or bytes too short to be one.
    Magic,
    /// An envelope of a format, or with marks or a critical extension, that this release does not know.
    Format,
    /// A codec that is not compiled in, or bytes that it refuses.
    Codec,
    /// A checksum or a length does not hold: damaged.
    Checksum,
    /// The store holds another kind of thing under this address (a Redis list, another Rust type).
    WrongType,
    /// The header names another schema than the address.
    Schema,
    /// Created further in the future than clocks may differ.
    Clock,
    /// Created before what the application's releases still read.
    Watermark,
}

impl Reason {
    /// Names the reason as metrics and logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Magic => "magic",
            Self::Format => "format",
            Self::Codec => "codec",
            Self::Checksum => "checksum",
            Self::WrongType => "wrong_type",
            Self::Schema => "schema",
            Self::Clock => "clock",
            Self::Watermark => "watermark",
        }
    }

    /// Says whether `put Absent` may write over it: damaged, foreign or beyond the clock's tolerance. What another release
    /// may be able to read (format, codec, schema) is left alone.
    #[must_use]
    pub const fn yields_to_absent(self) -> bool {
        matches!(
            self,
            Self::Magic | Self::Checksum | Self::WrongType | Self::Clock
        )
    }
}

/// When a put is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whatever stands there.
    Always,
    /// Only where nothing fresh stands: over nothing, a dead, stale or expired entry, a lease (a lease itself not over a
    /// live lease), damaged or foreign bytes, or an entry beyond the clock's tolerance.
    Absent,
    /// Only over exactly the entry, or the lease, of this stamp.
    If(Stamp),
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Stored under this stamp.
    Stored(Stamp),
    /// The condition did not hold; nothing was changed. With the meta of what stands there, if anything readable does.
    Refused(Option<Meta>),
}

impl Put {
    /// Says whether it was stored.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        matches!(self, Self::Stored(_))
    }
}

/// What a remove met: a hint, not a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Something was removed.
    Existed,
    /// Nothing was there, or not the stamp that was named.
    Missing,
    /// The store cannot say.
    Unknown,
}
