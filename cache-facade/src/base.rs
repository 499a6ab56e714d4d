//! What an update begins with: the value of the moment, and the condition under which a change of it holds.

use std::sync::Arc;

use cache_core::{Backend, Condition, Key, Result};
#[cfg(feature = "versioning")]
use cache_core::{Entry, Put};

use crate::deadline::within;
use crate::inner::Inner;
use crate::load::Lease;
use crate::lookup::Cached;
#[cfg(feature = "versioning")]
use crate::lookup::Lookup;

/// A value, or nothing fresh.
pub(crate) struct Base<T: Send + Sync + 'static> {
    pub(crate) value: Option<Cached<T>>,
    /// Any change of what was found, by whichever release, keeps out what is put under it.
    pub(crate) when: Condition,
    /// What holds the place where nothing stood.
    pub(crate) lease: Option<Lease<T>>,
    /// Whether the value is that of an earlier type.
    pub(crate) is_inherited: bool,
}

impl<T: Send + Sync + 'static> Base<T> {
    /// Something else stands there by now.
    pub(crate) fn leave(self) {
        if let Some(lease) = self.lease {
            lease.leave();
        }
    }

    /// Nothing is going to be put.
    pub(crate) async fn release(self) {
        if let Some(lease) = self.lease {
            lease.release().await;
        }
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Finds out what an update begins with. `None` if somebody else was faster.
    pub(crate) async fn base(self: &Arc<Self>, key: Key<'_>) -> Result<Option<Base<T>>> {
        let found = within(self.core.deadline, self.store.get(key)).await?;
        let when = found
            .meta()
            .map_or(Condition::Absent, |meta| Condition::If(meta.stamp));
        let mut base = Base {
            value: None,
            when,
            lease: None,
            is_inherited: false,
        };
        if self.core.is_bypassed() {
            return Ok(Some(base));
        }
        let lookup = self.examine(found);
        #[cfg(feature = "versioning")]
        if matches!(lookup, Lookup::Miss(_)) && self.inherits() {
            return self.inherited_base(key, base).await;
        }
        base.value = lookup.fresh();
        Ok(Some(base))
    }
}

#[cfg(feature = "versioning")]
impl<T: Send + Sync + 'static> Inner<T> {
    /// Lets an update begin with an earlier type's value. Where nothing stands, over a lease: a change by another release takes
    /// it away, and would else be written over by what it replaced.
    async fn inherited_base(
        self: &Arc<Self>,
        key: Key<'_>,
        mut base: Base<T>,
    ) -> Result<Option<Base<T>>> {
        if !self.may_inherit(key) {
            return Ok(Some(base));
        }
        if base.when == Condition::Absent {
            let Some(lease) = self.claim(key).await? else {
                return Ok(None);
            };
            base.when = Condition::If(lease.stamp());
            base.lease = Some(lease);
        }
        base.value = self.seen_before(key).await;
        base.is_inherited = base.value.is_some();
        Ok(Some(base))
    }

    /// Puts a lease where nothing stands, or over a load's: what changes a value does not wait for loads. `None` if something
    /// else stands there by now.
    async fn claim(self: &Arc<Self>, key: Key<'_>) -> Result<Option<Lease<T>>> {
        let meta = self.lease_meta()?;
        // Before the put: an update that is dropped meanwhile leaves no lease.
        let lease = Lease::new(self, &key.to_owned(), meta.stamp);
        let store = &self.core.loads;
        let mut when = Condition::Absent;
        for _ in 0..2 {
            let put = store.put(key, Entry::lease(meta), when);
            when = match within(self.core.deadline, put).await? {
                Put::Stored(_) => return Ok(Some(lease)),
                Put::Refused(Some(standing)) if standing.is_lease() => {
                    Condition::If(standing.stamp)
                }
                Put::Refused(_) => break,
            };
        }
        lease.leave();
        Ok(None)
    }
}
