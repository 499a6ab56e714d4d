//! Scopes: which part of a store a `clear`, a `scan` or a `count` is about.

use crate::{Epoch, Key, RESERVED_DOMAIN};

/// A part of a store. `None` means every one; the reserved domain belongs to a scope only where it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// One domain, or every domain but the reserved one.
    pub domain: Option<&'a str>,
    /// One epoch, or every epoch.
    pub epoch: Option<Epoch>,
    /// One schema, or every schema.
    pub schema: Option<u64>,
}

impl<'a> Scope<'a> {
    /// Makes the scope of a whole namespace.
    #[must_use]
    pub const fn namespace(namespace: &'a str) -> Self {
        Self {
            namespace,
            domain: None,
            epoch: None,
            schema: None,
        }
    }

    /// Makes the scope of one domain, over all its epochs and schemas.
    #[must_use]
    pub const fn domain(namespace: &'a str, domain: &'a str) -> Self {
        Self {
            namespace,
            domain: Some(domain),
            epoch: None,
            schema: None,
        }
    }

    /// Says whether a key lies in this scope.
    ///
    /// ```
    /// # use cache_core::{Epoch, Key, RESERVED_DOMAIN, Scope, Space};
    /// let (pilots, own) = (Space::new("app", "pilot", 1)?, Space::new("app", RESERVED_DOMAIN, 0)?);
    /// assert!(Scope::namespace("app").contains(&Key::new(&pilots, Epoch(1), b"7")?));
    /// assert!(!Scope::namespace("app").contains(&Key::new(&own, Epoch(0), b"live")?));
    /// assert!(Scope::domain("app", RESERVED_DOMAIN).contains(&Key::new(&own, Epoch(0), b"live")?));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, key: &Key<'_>) -> bool {
        let space = key.space();
        let domain = match self.domain {
            Some(domain) => domain == space.domain(),
            None => space.domain() != RESERVED_DOMAIN,
        };
        domain
            && self.namespace == space.namespace()
            && self.epoch.is_none_or(|epoch| epoch == key.epoch())
            && self.schema.is_none_or(|schema| schema == space.schema())
    }
}
