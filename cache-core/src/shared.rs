//! What an in-process store shares on a hit: a value and what is known about it, behind one pointer.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::{Entry, Extensions, Meta, Object};

/// A value of an in-process store together with what is known about it.
///
/// A store that keeps its entries in this form answers a hit by sharing a pointer, where an [`Entry`] is copied part by part.
pub struct Shared<T> {
    meta: Meta,
    extensions: Option<Arc<Extensions>>,
    value: Arc<T>,
}

impl<T> Shared<T> {
    /// Puts a value and what is known about it together.
    #[must_use]
    pub const fn new(meta: Meta, value: Arc<T>, extensions: Option<Arc<Extensions>>) -> Self {
        Self {
            meta,
            extensions,
            value,
        }
    }

    /// Returns what is known about the value.
    #[must_use]
    #[inline]
    pub const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Returns the value itself, to be shared without the rest.
    #[must_use]
    #[inline]
    pub const fn value(&self) -> &Arc<T> {
        &self.value
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Shared<T> {
    /// Never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}

/// A [`Shared`] of a value of any type, as a store keeps it: made by [`Object::share`].
pub trait AnyShared: Any + Send + Sync + fmt::Debug {
    /// Returns what is known about the value.
    fn meta(&self) -> &Meta;

    /// Copies everything into an entry, which shares the value.
    fn to_entry(&self) -> Entry;
}

impl<T: Any + Send + Sync> AnyShared for Shared<T> {
    #[inline]
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn to_entry(&self) -> Entry {
        let value: Arc<dyn Object> = Arc::clone(&self.value) as _;
        Entry {
            extensions: self.extensions.clone(),
            ..Entry::object(self.meta, value)
        }
    }
}

impl dyn AnyShared {
    /// Returns it with its type, or gives it back if the value is not a `T`.
    ///
    /// # Errors
    /// What it was called on, if its value is of another type.
    #[inline(always)]
    pub fn downcast<T: Any + Send + Sync>(
        self: Arc<Self>,
    ) -> Result<Arc<Shared<T>>, Arc<dyn Any + Send + Sync>> {
        let any: Arc<dyn Any + Send + Sync> = self;
        any.downcast::<Shared<T>>()
    }
}
