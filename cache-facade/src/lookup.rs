//! What a look-up answers: a value with its age, or why there is none.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{ErrorKind, Meta, ReadOutcome, Reason, Shared, Timestamp};

use crate::counters::Count;

/// A cached value, shared with the cache: reading it copies nothing.
///
/// # Example
/// ```
/// # use cache_facade::{Cache, Cacheable, domain};
/// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
/// # #[cacheable(domain = "system", ttl = "1h")]
/// # struct System { name: String }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let cache = Cache::builder().domain(domain::<System>()).build()?;
/// let systems = cache.domain::<System>()?;
/// systems.put(30_000_142, System { name: "Jita".into() }).await?;
/// let jita = systems.get(30_000_142).await?.ok_or("just stored")?;
/// assert_eq!(jita.name, "Jita");
/// assert!(!jita.is_stale());
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cached<T> {
    shared: Arc<Shared<T>>,
    read: Read,
}

/// When a value was read, in milliseconds, and in the lowest bit whether it was stale. One whole word: with a `bool` beside
/// it, each move of a [`Cached`] copies bytes that were just written as parts of words, and waits for them.
#[derive(Clone, Copy)]
struct Read(u64);

impl Read {
    #[inline(always)]
    const fn new(at: Timestamp, is_stale: bool) -> Self {
        Self((at.as_millis() << 1) | is_stale as u64)
    }

    const fn at(self) -> Timestamp {
        Timestamp::from_millis(self.0 >> 1)
    }

    const fn is_stale(self) -> bool {
        self.0 & 1 == 1
    }
}

impl<T> Cached<T> {
    #[inline(always)]
    pub(crate) const fn of(shared: Arc<Shared<T>>, read_at: Timestamp, is_stale: bool) -> Self {
        Self {
            shared,
            read: Read::new(read_at, is_stale),
        }
    }

    /// Makes one of a value that no store shares.
    pub(crate) fn new(value: Arc<T>, meta: &Meta, read_at: Timestamp, is_stale: bool) -> Self {
        Self::of(Arc::new(Shared::new(*meta, value, None)), read_at, is_stale)
    }

    pub(crate) fn shared(&self) -> &Arc<T> {
        self.shared.value()
    }

    /// Returns how old the value was when it was read: since its load, or its put, began.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.read.at().since(self.shared.meta().created)
    }

    /// Says whether the value was past its fresh period when it was read.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.read.is_stale()
    }

    /// Returns the shared value, without a copy.
    #[must_use]
    pub fn into_arc(self) -> Arc<T> {
        Arc::clone(self.shared.value())
    }
}

impl<T> Deref for Cached<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.shared
    }
}

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            read: self.read,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("value", &**self)
            .field("age", &self.age())
            .field("is_stale", &self.is_stale())
            .finish()
    }
}

impl<T: PartialEq> PartialEq<T> for Cached<T> {
    fn eq(&self, other: &T) -> bool {
        **self == *other
    }
}

/// What a look-up found, in full.
#[derive(Debug)]
pub enum Lookup<T> {
    /// A fresh value.
    Fresh(Cached<T>),
    /// A value past its fresh period, within the stale window it was put with.
    Stale(Cached<T>),
    /// Known to be absent.
    Negative,
    /// Nothing usable.
    Miss(MissReason),
}

/// Why a look-up found nothing usable.
// A whole word, so that a `Lookup` is moved in whole words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u64)]
pub enum MissReason {
    /// Nothing there.
    Absent,
    /// There was an entry, past its end.
    Expired,
    /// Damaged, foreign, or of an unknown format or codec.
    Undecodable,
    /// A value of another type.
    WrongType,
    /// A header that contradicts its address.
    Schema,
    /// Created further in the future than clocks may differ.
    Clock,
    /// Older than what the application's releases still read.
    Watermark,
    /// The store answered with an error.
    BackendError,
    /// The store did not answer in time.
    Timeout,
    /// The cache was switched off.
    Bypassed,
}

impl MissReason {
    /// Names the reason as metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Expired => "expired",
            Self::Undecodable => "undecodable",
            Self::WrongType => "wrong_type",
            Self::Schema => "schema",
            Self::Clock => "clock",
            Self::Watermark => "watermark",
            Self::BackendError => "backend_error",
            Self::Timeout => "timeout",
            Self::Bypassed => "bypassed",
        }
    }

    pub(crate) const fn of_unreadable(reason: Reason) -> Self {
        match reason {
            Reason::WrongType => Self::WrongType,
            Reason::Schema => Self::Schema,
            Reason::Clock => Self::Clock,
            Reason::Watermark => Self::Watermark,
            _ => Self::Undecodable,
        }
    }

    pub(crate) const fn of_error(kind: ErrorKind) -> Self {
        if matches!(kind, ErrorKind::Timeout) {
            Self::Timeout
        } else {
            Self::BackendError
        }
    }

    const fn outcome(self) -> ReadOutcome {
        match self {
            Self::Absent | Self::Bypassed => ReadOutcome::Absent,
            Self::Expired => ReadOutcome::Expired,
            Self::Undecodable => ReadOutcome::Unreadable(Reason::Codec),
            Self::WrongType => ReadOutcome::Unreadable(Reason::WrongType),
            Self::Schema => ReadOutcome::Unreadable(Reason::Schema),
            Self::Clock => ReadOutcome::Unreadable(Reason::Clock),
            Self::Watermark => ReadOutcome::Unreadable(Reason::Watermark),
            Self::BackendError => ReadOutcome::Failed(ErrorKind::Unavailable),
            Self::Timeout => ReadOutcome::Failed(ErrorKind::Timeout),
        }
    }

    pub(crate) const fn count(self) -> Count {
        match self {
            Self::Absent => Count::MissAbsent,
            Self::Expired => Count::MissExpired,
            Self::Undecodable => Count::MissUndecodable,
            Self::WrongType => Count::MissWrongType,
            Self::Schema => Count::MissSchema,
            Self::Clock => Count::MissClock,
            Self::Watermark => Count::MissWatermark,
            Self::BackendError => Count::MissBackendError,
            Self::Timeout => Count::MissTimeout,
            Self::Bypassed => Count::MissBypassed,
        }
    }
}

/// What a look-up found, without the value: what is counted, traced and told.
#[derive(Clone, Copy)]
pub(crate) enum Seen {
    Fresh,
    Stale,
    Negative,
    Miss(MissReason),
}

impl Seen {
    #[inline(always)]
    pub(crate) const fn count(self) -> Count {
        match self {
            Self::Fresh => Count::Fresh,
            Self::Stale => Count::Stale,
            Self::Negative => Count::Negative,
            Self::Miss(reason) => reason.count(),
        }
    }

    pub(crate) const fn outcome(self) -> ReadOutcome {
        match self {
            Self::Fresh => ReadOutcome::Fresh,
            Self::Stale => ReadOutcome::Stale,
            Self::Negative => ReadOutcome::Negative,
            Self::Miss(reason) => reason.outcome(),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Negative => "negative",
            Self::Miss(_) => "miss",
        }
    }
}

impl<T> Lookup<T> {
    /// Names what was found as metrics spell it: fresh, stale, negative or miss.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.seen().as_str()
    }

    #[inline(always)]
    pub(crate) const fn seen(&self) -> Seen {
        match self {
            Self::Fresh(_) => Seen::Fresh,
            Self::Stale(_) => Seen::Stale,
            Self::Negative => Seen::Negative,
            Self::Miss(reason) => Seen::Miss(*reason),
        }
    }

    /// Returns the fresh value, if there is one.
    #[must_use]
    #[inline(always)]
    pub fn fresh(self) -> Option<Cached<T>> {
        match self {
            Self::Fresh(value) => Some(value),
            Self::Stale(_) | Self::Negative | Self::Miss(_) => None,
        }
    }

    /// Returns the value, fresh or stale, if there is one.
    #[must_use]
    pub fn value(self) -> Option<Cached<T>> {
        match self {
            Self::Fresh(value) | Self::Stale(value) => Some(value),
            Self::Negative | Self::Miss(_) => None,
        }
    }
}
