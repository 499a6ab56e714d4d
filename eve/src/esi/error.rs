//! Why a look-up brought no answer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::Kind;

/// Why ESI gave no answer, or the client could not be built.
///
/// An entity that does not exist is no error but [`EsiAnswer::Absent`](super::EsiAnswer::Absent). Messages contain no
/// ids, no addresses and nothing of any body; [`source`](Error::source) tells the cause.
#[derive(Debug)]
pub struct EsiError {
    kind: EsiErrorKind,
    asked: Option<Kind>,
    detail: Option<&'static str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`EsiError`], by what a caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EsiErrorKind {
    /// No answer within the time given. Waits and retries count.
    Timeout,
    /// ESI could not be reached, or answered 502, 503 or 504, at every try.
    Unavailable,
    /// ESI asked for quiet (420 or 429), or the error budget is spent; nothing was sent, or nothing more will be.
    Limited {
        /// How long from now until calls go out again.
        retry_after: Duration,
    },
    /// An answer that no try will change, with its status.
    Status(u16),
    /// A body that is not what the schema says, or longer than allowed.
    Malformed,
    /// A setting of the client, or an argument of the look-up, that cannot work; nothing was sent.
    Config,
}

impl EsiError {
    pub(super) fn new(kind: EsiErrorKind) -> Self {
        Self {
            kind,
            asked: None,
            detail: None,
            source: None,
        }
    }

    pub(super) fn limited(retry_after: Duration) -> Self {
        Self::new(EsiErrorKind::Limited { retry_after })
    }

    pub(super) fn config(detail: &'static str) -> Self {
        Self::new(EsiErrorKind::Config).detailed(detail)
    }

    pub(super) fn detailed(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(super) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(super) fn asking_for(mut self, kind: Kind) -> Self {
        self.asked = Some(kind);
        self
    }

    /// Returns what kind of error it is.
    #[must_use]
    pub fn kind(&self) -> EsiErrorKind {
        self.kind
    }

    /// Returns what was asked for; `None` if the client could not be built.
    #[must_use]
    pub fn asked(&self) -> Option<Kind> {
        self.asked
    }

    /// Returns how long ESI, or the error budget, wants quiet.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            EsiErrorKind::Limited { retry_after } => Some(retry_after),
            EsiErrorKind::Timeout
            | EsiErrorKind::Unavailable
            | EsiErrorKind::Status(_)
            | EsiErrorKind::Malformed
            | EsiErrorKind::Config => None,
        }
    }

    /// Returns whether the same look-up may be answered later without any change of ours.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            EsiErrorKind::Timeout | EsiErrorKind::Unavailable | EsiErrorKind::Limited { .. } => {
                true
            }
            EsiErrorKind::Status(_) | EsiErrorKind::Malformed | EsiErrorKind::Config => false,
        }
    }
}

impl fmt::Display for EsiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.asked {
            write!(f, "looking up a {kind}: ")?;
        }
        match self.kind {
            EsiErrorKind::Timeout => f.write_str("no answer from ESI in time")?,
            EsiErrorKind::Unavailable => f.write_str("ESI is unavailable")?,
            EsiErrorKind::Limited { retry_after } => {
                write!(f, "ESI takes no calls for another {retry_after:.1?}")?;
            }
            EsiErrorKind::Status(status) => write!(f, "ESI answered with status {status}")?,
            EsiErrorKind::Malformed => f.write_str("ESI's answer cannot be read")?,
            EsiErrorKind::Config => f.write_str("this cannot be asked of ESI")?,
        }
        match self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl Error for EsiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
