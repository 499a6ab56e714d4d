//! The errors of this backend: one table from what sled reports to a kind, and whether the store has to be opened again.
//!
//! sled is fail-stop: after an error of the disk every later write fails too, so such an engine is given up.

use std::borrow::Cow;
use std::io;

use cache_core::{Error, ErrorKind, Operation};

use crate::open::OnDamage;

/// The name in errors and in [`cache_core::BackendInfo`].
pub(crate) const NAME: &str = "sled";

/// Why work inside the store came to no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// sled reported an error: the engine is given up.
    Engine(sled::Error),
    /// sled panicked: the engine is given up.
    Panic,
    /// sled came to no end over the files: as good as damage.
    Endless,
    /// Nothing is wrong with the engine.
    Refused(Error),
}

/// What work inside the store answers.
pub(crate) type Outcome<T = ()> = Result<T, Fault>;

impl From<sled::Error> for Fault {
    fn from(error: sled::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// What an engine that is given up leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remains {
    /// Damaged: kept for whoever wants to look at it.
    Damaged,
    /// Whole as far as it goes, but short of what was acknowledged.
    Incomplete,
}

impl Fault {
    /// Says what is left on the disk; `None` where the engine is as good as before.
    pub(crate) fn remains(&self) -> Option<Remains> {
        match self {
            Self::Refused(_) => None,
            Self::Engine(sled::Error::Io(error)) if !is_damage(error) => Some(Remains::Incomplete),
            Self::Engine(_) | Self::Panic | Self::Endless => Some(Remains::Damaged),
        }
    }

    /// Turns it into the error of an operation, which says what becomes of damaged files.
    pub(crate) fn told(&self, operation: Operation, on_damage: OnDamage) -> Error {
        let error = match self {
            _ if on_damage == OnDamage::Leave && self.remains() == Some(Remains::Damaged) => {
                neither_moved_nor_removed()
            }
            Self::Engine(sled::Error::Io(error)) if !is_damage(error) => of_disk(error),
            Self::Engine(_) => Error::new(
                ErrorKind::Unexpected,
                "the store on disk is damaged; it is moved aside, and the cache starts cold",
            ),
            Self::Panic => Error::new(
                ErrorKind::Unexpected,
                "the store panicked; it is moved aside, and the cache starts cold",
            ),
            Self::Endless => Error::new(
                ErrorKind::Unexpected,
                "the store on disk did not open in the time that its size allows; it is moved aside",
            ),
            Self::Refused(error) => error.clone(),
        };
        error.operation(operation).backend(NAME)
    }
}

/// Whether an error of reading or writing means that the files do not hold what they should. sled reads at places that the
/// files themselves name, so a damaged file shows as an end that comes too early, or as a blob that is not there.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotFound
            | io::ErrorKind::Other
    )
}

/// Turns an error of the file system into ours. Its words stay out; what is told is its kind.
pub(crate) fn of_disk(error: &io::Error) -> Error {
    let (kind, message) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Overloaded, "the disk is full")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::InvalidConfig,
            "`path` cannot be written; accepted: a directory that this process may write",
        ),
        io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory => (
            ErrorKind::InvalidConfig,
            "`path`, or a part of it, is no directory; accepted: a directory",
        ),
        _ => (ErrorKind::Unavailable, "the disk answers with an error"),
    };
    Error::new(kind, format!("{message} ({})", error.kind())).backend(NAME)
}

#[cold]
pub(crate) fn closed(operation: Operation) -> Error {
    Error::closed(operation, NAME)
}

pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
        .operation(Operation::Build)
        .backend(NAME)
}

pub(crate) fn held_by_another() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "`path` is held by another process, or by another backend of this one; a directory has one user at a time",
    )
    .operation(Operation::Build)
    .backend(NAME)
}

pub(crate) fn no_store() -> Error {
    invalid(
        "`path` holds no store; accepted: a directory that this cache made, with its `lock` and a `live-` directory",
    )
}

pub(crate) fn another_format() -> Error {
    invalid(
        "`path` holds a store of another format, which is left as it is; accepted: one that this version of the cache wrote",
    )
}

pub(crate) fn too_large() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "the payload is larger than `max_payload`, or the entry than `max_bytes`",
    )
    .backend(NAME)
}

pub(crate) fn not_encoded() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "the entry holds an object; accepted: encoded bytes, a negative entry, a lease",
    )
    .backend(NAME)
}

pub(crate) fn no_runtime(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "blocking work needs a tokio runtime; call from inside one",
    )
    .operation(operation)
    .backend(NAME)
}

pub(crate) fn no_thread() -> Error {
    Error::new(
        ErrorKind::Overloaded,
        "the system has no thread to open the store on",
    )
    .operation(Operation::Build)
    .backend(NAME)
}

pub(crate) fn full() -> Error {
    Error::new(
        ErrorKind::Overloaded,
        "the disk is full, as far as writes are let; reads go on",
    )
    .backend(NAME)
}

/// Work of sled that does not come to an end.
#[cold]
pub(crate) fn endless(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the store did not write to disk in time, and is given up; it has 120 s, or 10 s once a write failed or the disk was full",
    )
    .operation(operation)
    .backend(NAME)
}

pub(crate) fn too_many_given_up(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store failed again and again without ending; only a new process helps",
    )
    .operation(operation)
    .backend(NAME)
}

/// What is damaged, or failed, where it is only looked at.
#[cold]
fn neither_moved_nor_removed() -> Error {
    Error::new(
        ErrorKind::Unexpected,
        "the store on disk is damaged, or failed; it is neither moved nor removed before its application opens it",
    )
}

/// Blocking work that ended without an answer: its runtime is shutting down.
#[cold]
pub(crate) fn cancelled(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the runtime ended before the blocking work did",
    )
    .operation(operation)
    .backend(NAME)
}

#[cold]
pub(crate) fn panicked(operation: Operation) -> Error {
    Fault::Panic.told(operation, OnDamage::StartCold)
}

pub(crate) fn too_many_counters() -> Error {
    Error::new(
        ErrorKind::Overloaded,
        "there are `max_counters` counters whose windows have not ended",
    )
    .backend(NAME)
}

pub(crate) fn overflow() -> Error {
    Error::new(
        ErrorKind::Overflow,
        "the counter would leave the range of 64 bits; its value is unchanged",
    )
    .backend(NAME)
}

pub(crate) fn zero_window() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "a window of zero; accepted: more than zero",
    )
    .operation(Operation::Add)
    .backend(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(kind: io::ErrorKind) -> Fault {
        sled::Error::Io(io::Error::new(kind, "words")).into()
    }

    #[test]
    fn every_error_of_the_engine_has_a_kind_and_leaves_remains() {
        use io::ErrorKind as Io;
        let (damaged, incomplete) = (Some(Remains::Damaged), Some(Remains::Incomplete));
        let table = [
            (io(Io::StorageFull), ErrorKind::Overloaded, incomplete),
            (io(Io::QuotaExceeded), ErrorKind::Overloaded, incomplete),
            (
                io(Io::PermissionDenied),
                ErrorKind::InvalidConfig,
                incomplete,
            ),
            (
                io(Io::ReadOnlyFilesystem),
                ErrorKind::InvalidConfig,
                incomplete,
            ),
            (io(Io::NotADirectory), ErrorKind::InvalidConfig, incomplete),
            (io(Io::Interrupted), ErrorKind::Unavailable, incomplete),
            (io(Io::UnexpectedEof), ErrorKind::Unexpected, damaged),
            (io(Io::InvalidData), ErrorKind::Unexpected, damaged),
            (io(Io::NotFound), ErrorKind::Unexpected, damaged),
            (
                sled::Error::Corruption { at: None, bt: () }.into(),
                ErrorKind::Unexpected,
                damaged,
            ),
            (
                sled::Error::Unsupported("words".to_owned()).into(),
                ErrorKind::Unexpected,
                damaged,
            ),
            (
                sled::Error::ReportableBug("words".to_owned()).into(),
                ErrorKind::Unexpected,
                damaged,
            ),
            (
                sled::Error::CollectionNotFound(b"words".into()).into(),
                ErrorKind::Unexpected,
                damaged,
            ),
            (Fault::Panic, ErrorKind::Unexpected, damaged),
            (Fault::Endless, ErrorKind::Unexpected, damaged),
            (too_large().into(), ErrorKind::TooLarge, None),
        ];
        for (fault, kind, remains) in table {
            let told = fault.told(Operation::Get, OnDamage::StartCold);
            assert_eq!((told.kind(), fault.remains()), (kind, remains), "{fault:?}");
            assert_eq!(told.failed_operation(), Some(Operation::Get));
            assert_eq!(told.failed_backend(), Some(NAME));
            assert!(!told.to_string().contains("words"), "{told}");
        }
    }

    #[test]
    fn who_only_looks_is_told_that_damage_stays() {
        for fault in [io(io::ErrorKind::InvalidData), Fault::Panic, Fault::Endless] {
            let [left, moved] = [OnDamage::Leave, OnDamage::StartCold]
                .map(|on_damage| fault.told(Operation::Get, on_damage).to_string());
            assert!(left.contains("neither moved nor removed"), "{left}");
            assert!(moved.contains("moved aside"), "{moved}");
        }
        let full = io(io::ErrorKind::StorageFull).told(Operation::Get, OnDamage::Leave);
        assert_eq!(full.kind(), ErrorKind::Overloaded);
    }
}
