//! What ESI answers.

use std::time::Duration;

/// ESI's answer to a look-up.
#[derive(Clone, Debug, PartialEq)]
pub enum EsiAnswer<T> {
    /// The entity, with what is needed to ask again cheaply.
    Found {
        /// The body.
        value: T,
        /// What to show ESI when asking again.
        validators: Validators,
        /// How long from now ESI declares the body fresh; `None` if it declares nothing.
        expires: Option<Duration>,
    },
    /// The entity is still what the validators that were shown stand for.
    NotModified {
        /// The validators that this answer repeats or replaces; those it leaves out stay valid.
        validators: Validators,
        /// How long from now ESI declares the known body fresh; `None` if it declares nothing.
        expires: Option<Duration>,
    },
    /// There is no such entity.
    Absent,
}

impl<T> EsiAnswer<T> {
    /// Returns the body, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Found { value, .. } => Some(value),
            Self::NotModified { .. } | Self::Absent => None,
        }
    }
}

/// What marks one version of a body, as ESI wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validators {
    /// The `ETag` header, quotes and all.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Returns whether nothing marks the version, so that asking again always brings the body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}
