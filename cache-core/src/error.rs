//! The one error type of the workspace. A miss is never an error; an error means that the question could not be answered.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result of every fallible operation of the cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operation did not answer within its deadline; it may still take effect later.
    Timeout,
    /// The store cannot be reached.
    Unavailable,
    /// The store or a bound of the cache refuses more work for now.
    Overloaded,
    /// The backend does not declare the capability that the operation needs.
    Unsupported,
    /// A setting is unknown, missing or out of range; the message names it and what is accepted.
    InvalidConfig,
    /// An argument is out of range; the message says what is accepted.
    InvalidArgument,
    /// An id is too long or does not read as the type asked for.
    InvalidKey,
    /// The payload exceeds the configured size; nothing was stored.
    TooLarge,
    /// The entry under this id holds another type.
    WrongType,
    /// A counter would leave the range of `i64`; its value is unchanged.
    Overflow,
    /// A value could not be encoded.
    Codec,
    /// Others changed the entry each time this operation tried to.
    Conflict,
    /// The loader failed or panicked; the cause is the `source`.
    Load,
    /// A load waits for itself through other keys.
    Cycle,
    /// The cache or the backend was closed.
    Closed,
    /// The store answered something that it never should.
    Unexpected,
}

impl ErrorKind {
    /// Every kind, in declaration order: what a metric's label can hold.
    pub const ALL: [Self; 16] = [
        Self::Timeout,
        Self::Unavailable,
        Self::Overloaded,
        Self::Unsupported,
        Self::InvalidConfig,
        Self::InvalidArgument,
        Self::InvalidKey,
        Self::TooLarge,
        Self::WrongType,
        Self::Overflow,
        Self::Codec,
        Self::Conflict,
        Self::Load,
        Self::Cycle,
        Self::Closed,
        Self::Unexpected,
    ];

    /// Names the kind as metrics and logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Unsupported => "unsupported",
            Self::InvalidConfig => "invalid_config",
            Self::InvalidArgument => "invalid_argument",
            Self::InvalidKey => "invalid_key",
            Self::TooLarge => "too_large",
            Self::WrongType => "wrong_type",
            Self::Overflow => "overflow",
            Self::Codec => "codec",
            Self::Conflict => "conflict",
            Self::Load => "load",
            Self::Cycle => "cycle",
            Self::Closed => "closed",
            Self::Unexpected => "unexpected",
        }
    }

    /// Says whether the same operation may succeed if it is tried again: an explicit table, nothing else retries.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Timeout | Self::Unavailable | Self::Overloaded)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was being done when an error arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the operation of that name")]
pub enum Operation {
    Get,
    GetMany,
    Put,
    PutMany,
    Remove,
    RemoveMany,
    Head,
    Retime,
    Clear,
    Scan,
    Count,
    Stats,
    Ping,
    Flush,
    Close,
    Add,
    Touch,
    Expire,
    Exists,
    Load,
    Update,
    Build,
}

impl Operation {
    /// Names the operation as metrics and logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetMany => "get_many",
            Self::Put => "put",
            Self::PutMany => "put_many",
            Self::Remove => "remove",
            Self::RemoveMany => "remove_many",
            Self::Head => "head",
            Self::Retime => "retime",
            Self::Clear => "clear",
            Self::Scan => "scan",
            Self::Count => "count",
            Self::Stats => "stats",
            Self::Ping => "ping",
            Self::Flush => "flush",
            Self::Close => "close",
            Self::Add => "add",
            Self::Touch => "touch",
            Self::Expire => "expire",
            Self::Exists => "exists",
            Self::Load => "load",
            Self::Update => "update",
            Self::Build => "build",
        }
    }
}

/// Why an operation has no answer. Cheap to clone: all waiters of a failed load share one.
///
/// It never holds a key, a value or a credential. `Display` speaks for this level only; the cause is the `source`.
///
/// # Example
/// ```
/// use cache_core::{Error, ErrorKind, Operation};
/// let error = Error::new(ErrorKind::Timeout, "no answer within 250 ms")
///     .operation(Operation::Get)
///     .backend("redis");
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "timeout in get on redis: no answer within 250 ms");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    operation: Option<Operation>,
    backend: Option<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error of a kind; the message says what was wrong and what is accepted, without keys or values.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            backend: None,
            source: None,
        }))
    }

    /// Creates the answer of a backend to an operation whose capability it does not declare.
    #[must_use]
    pub fn unsupported(operation: Operation, backend: &'static str) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            "the backend does not declare this capability",
        )
        .operation(operation)
        .backend(backend)
    }

    /// Creates the answer to any call after `close`.
    #[must_use]
    pub fn closed(operation: Operation, backend: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Closed, "it was closed")
            .operation(operation)
            .backend(backend)
    }

    /// Names the operation, unless one is named already.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        Arc::make_mut(&mut self.0)
            .operation
            .get_or_insert(operation);
        self
    }

    /// Names the backend, unless one is named already.
    #[must_use]
    pub fn backend(mut self, backend: impl Into<Cow<'static, str>>) -> Self {
        Arc::make_mut(&mut self.0)
            .backend
            .get_or_insert_with(|| backend.into());
        self
    }

    /// Attaches the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Arc<dyn StdError + Send + Sync>>) -> Self {
        Arc::make_mut(&mut self.0).source = Some(source.into());
        self
    }

    /// Returns what a caller can decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Says whether the same operation may succeed if it is tried again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// Returns the operation that failed, where it is known.
    #[must_use]
    pub fn failed_operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// Returns the name of the backend that failed, where one was involved.
    #[must_use]
    pub fn failed_backend(&self) -> Option<&str> {
        self.0.backend.as_deref()
    }

    /// Returns the cause as the type the loader or the store gave, if it is that type.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        let source: &(dyn StdError + 'static) = self.0.source.as_deref()?;
        source.downcast_ref::<E>()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if let Some(operation) = self.0.operation {
            write!(f, " in {}", operation.as_str())?;
        }
        if let Some(backend) = &self.0.backend {
            write!(f, " on {backend}")?;
        }
        write!(f, ": {}", self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("backend", &self.0.backend)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_named_operation_and_backend_stay() {
        let error = Error::new(ErrorKind::Closed, "x")
            .operation(Operation::Get)
            .operation(Operation::Put);
        assert_eq!(error.failed_operation(), Some(Operation::Get));
        let error = error.backend("a").backend("b");
        assert_eq!(error.failed_backend(), Some("a"));
    }

    #[test]
    fn display_leaves_the_cause_to_source() {
        let cause = std::io::Error::other("disk");
        let error =
            Error::new(ErrorKind::Unavailable, "no store").with_source(Arc::new(cause) as Arc<_>);
        assert_eq!(error.to_string(), "unavailable: no store");
        assert!(error.source().is_some());
        assert!(error.downcast_ref::<std::io::Error>().is_some());
        assert!(error.downcast_ref::<fmt::Error>().is_none());
    }

    #[test]
    fn only_three_kinds_are_retryable() {
        let retryable: Vec<_> = ErrorKind::ALL
            .into_iter()
            .filter(|kind| kind.is_retryable())
            .collect();
        assert_eq!(
            retryable,
            [
                ErrorKind::Timeout,
                ErrorKind::Unavailable,
                ErrorKind::Overloaded
            ]
        );
    }

    #[test]
    fn kind_names_are_distinct() {
        let names: std::collections::HashSet<_> =
            ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
