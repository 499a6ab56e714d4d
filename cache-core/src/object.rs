//! Values that an in-process store keeps as they are.

use std::any::Any;
use std::sync::Arc;

use crate::{AnyShared, Extensions, Meta, Shared};

/// Any value that can be shared between threads: implemented for all of them.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cache_core::Object;
/// let value: Arc<dyn Object> = Arc::new(String::from("Jita"));
/// assert_eq!(*value.downcast::<String>().expect("a string"), "Jita");
/// ```
pub trait Object: Any + Send + Sync {
    /// Puts the value together with what is known about it, for a store that shares both on a hit.
    fn share(
        self: Arc<Self>,
        meta: Meta,
        extensions: Option<Arc<Extensions>>,
    ) -> Arc<dyn AnyShared>;
}

impl<T: Any + Send + Sync> Object for T {
    fn share(
        self: Arc<Self>,
        meta: Meta,
        extensions: Option<Arc<Extensions>>,
    ) -> Arc<dyn AnyShared> {
        Arc::new(Shared::new(meta, self, extensions))
    }
}

impl dyn Object {
    /// Returns the value as `T`, or gives it back if it is of another type.
    ///
    /// # Errors
    /// The value itself, if it is not a `T`.
    #[inline(always)]
    pub fn downcast<T: Any + Send + Sync>(
        self: Arc<Self>,
    ) -> Result<Arc<T>, Arc<dyn Any + Send + Sync>> {
        let any: Arc<dyn Any + Send + Sync> = self;
        any.downcast::<T>()
    }
}

impl std::fmt::Debug for dyn Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Object")
    }
}
