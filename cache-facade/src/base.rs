//! What an update begins with: the value of the moment, and the condition under which a change of it holds.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Condition, Found, Key, Reason, Result};
use tokio::time::sleep;

use crate::change::foreign;
use crate::deadline::within;
use crate::inner::Inner;
use crate::load::Lease;
use crate::lookup::{Cached, Lookup, MissReason};

/// Of the span that a pause is drawn from: from 2 ms to 64 ms, several round trips of most networks.
const MOST_DOUBLINGS: u32 = 5;

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
    ///
    /// # Errors
    /// If the store cannot answer, or what stands there cannot be read and another release may read it.
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
        let is_whole = found.meta().is_some();
        let is_anothers = matches!(found, Found::Unreadable(reason) if is_anothers(reason));
        let lookup = self.examine(found);
        let is_refused = is_whole && matches!(lookup, Lookup::Miss(MissReason::Undecodable));
        if is_anothers || is_refused {
            return Err(foreign());
        }
        #[cfg(feature = "versioning")]
        if matches!(lookup, Lookup::Miss(_)) && self.inherits() {
            return self.inherited_base(key, base).await;
        }
        base.value = lookup.fresh();
        Ok(Some(base))
    }
}

/// What is below a watermark was removed when it was read.
fn is_anothers(reason: Reason) -> bool {
    !reason.yields_to_absent() && reason != Reason::Watermark
}

/// Leaves room for others that update the same id over leases: each may take the other's away, and none would come to an end.
/// The pause is drawn at random, from a span that doubles with each try.
pub(crate) async fn give_way(tries: u32) {
    let span = 2_u64 << tries.min(MOST_DOUBLINGS);
    let drawn = RandomState::new().hash_one(tries) % span;
    sleep(Duration::from_millis(drawn)).await;
}
