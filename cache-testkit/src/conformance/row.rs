//! The rows of the semantics table, and what a case needs to be run.

use cache_core::{Capability, PayloadForm};

/// A row of `docs/semantics.md`, or of the contract of the trait where the table has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "`label` says what each is")]
pub enum Row {
    FreshUntil,
    StaleWindow,
    Dead,
    Created,
    Overwrite,
    NegativeEntry,
    Clock,
    NativeTtl,
    Get,
    GetNow,
    Head,
    GetMany,
    PutAlways,
    PutAbsent,
    PutIf,
    Retime,
    PutMany,
    Remove,
    Lease,
    Clear,
    Scan,
    Stats,
    Ends,
    Persistent,
    Bounded,
    Counters,
    Keys,
    Forms,
    Cancellation,
}

impl Row {
    /// Every row.
    pub const ALL: [Self; 29] = [
        Self::FreshUntil,
        Self::StaleWindow,
        Self::Dead,
        Self::Created,
        Self::Overwrite,
        Self::NegativeEntry,
        Self::Clock,
        Self::NativeTtl,
        Self::Get,
        Self::GetNow,
        Self::Head,
        Self::GetMany,
        Self::PutAlways,
        Self::PutAbsent,
        Self::PutIf,
        Self::Retime,
        Self::PutMany,
        Self::Remove,
        Self::Lease,
        Self::Clear,
        Self::Scan,
        Self::Stats,
        Self::Ends,
        Self::Persistent,
        Self::Bounded,
        Self::Counters,
        Self::Keys,
        Self::Forms,
        Self::Cancellation,
    ];

    /// Names the row as the table does: section, then case or operation.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FreshUntil => "life: fresh until",
            Self::StaleWindow => "life: stale window",
            Self::Dead => "life: dead",
            Self::Created => "life: created",
            Self::Overwrite => "life: overwrite",
            Self::NegativeEntry => "life: negative entry",
            Self::Clock => "life: clock",
            Self::NativeTtl => "life: native TTL",
            Self::Get => "backend: get",
            Self::GetNow => "contract: get_now",
            Self::Head => "contract: head",
            Self::GetMany => "backend: get_many",
            Self::PutAlways => "backend: put Always",
            Self::PutAbsent => "backend: put Absent",
            Self::PutIf => "backend: put If",
            Self::Retime => "backend: retime",
            Self::PutMany => "backend: put_many",
            Self::Remove => "backend: remove",
            Self::Lease => "architecture: lease",
            Self::Clear => "backend: clear",
            Self::Scan => "backend: scan",
            Self::Stats => "backend: stats",
            Self::Ends => "backend: ping, flush, close",
            Self::Persistent => "backend: flush on persistent stores",
            Self::Bounded => "contract: Bounded",
            Self::Counters => "backend: Counters::add",
            Self::Keys => "backend: keys",
            Self::Forms => "contract: payload forms",
            Self::Cancellation => "contract: dropped writes",
        }
    }
}

/// What a case needs of a backend or of its setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Need {
    /// `Capability::Batch`.
    Batch,
    /// `Capability::Scan`.
    Scan,
    /// `Capability::Counters`.
    Counters,
    /// `Capability::Persistent`, and [`Setup::reopen`](crate::Setup::reopen).
    Persistent,
    /// `Capability::Bounded`.
    Bounded,
    /// A setup that plants bytes.
    Bytes,
    /// A setup that plants another kind of thing.
    OtherKind,
    /// A backend that takes objects.
    Objects,
    /// A backend that takes encoded values.
    Encoded,
}

impl Need {
    /// Returns the capability that has to be declared.
    #[must_use]
    pub const fn capability(self) -> Option<Capability> {
        match self {
            Self::Batch => Some(Capability::Batch),
            Self::Scan => Some(Capability::Scan),
            Self::Counters => Some(Capability::Counters),
            Self::Persistent => Some(Capability::Persistent),
            Self::Bounded => Some(Capability::Bounded),
            Self::Bytes | Self::OtherKind | Self::Objects | Self::Encoded => None,
        }
    }

    /// Returns the form of values that the backend has to take.
    #[must_use]
    pub const fn form(self) -> Option<PayloadForm> {
        match self {
            Self::Objects => Some(PayloadForm::Object),
            Self::Encoded => Some(PayloadForm::Encoded),
            _ => None,
        }
    }

    /// Names the need.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "Batch",
            Self::Scan => "Scan",
            Self::Counters => "Counters",
            Self::Persistent => "Persistent",
            Self::Bounded => "Bounded",
            Self::Bytes => "planted bytes",
            Self::OtherKind => "planted things of another kind",
            Self::Objects => "objects",
            Self::Encoded => "encoded values",
        }
    }
}
