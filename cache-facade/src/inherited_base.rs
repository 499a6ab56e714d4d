//! What an update begins with where its value may stand at an earlier type's address.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Condition, Entry, Error, ErrorKind, Key, Put, Result};
use tokio::time::sleep;

use crate::base::Base;
use crate::change::foreign;
use crate::deadline::within;
use crate::inner::Inner;
use crate::load::Lease;
use crate::lookup::Cached;
use crate::migration::Before;
use crate::versions::settling;

/// How late a coarse clock is at most.
const COARSE: Duration = Duration::from_millis(5);

impl<T: Send + Sync + 'static> Inner<T> {
    /// Lets an update begin with an earlier type's value. Where nothing stands, over a lease: a change by another release takes
    /// it away, and would else be written over by what it replaced.
    pub(crate) async fn inherited_base(
        self: &Arc<Self>,
        key: Key<'_>,
        mut base: Base<T>,
    ) -> Result<Option<Base<T>>> {
        if let Some(versions) = &self.core.versions {
            within(self.core.deadline, versions.look(key)).await?;
        }
        let Some(time) = self.inherits_in(key) else {
            return Ok(Some(base));
        };
        if !time.is_zero() {
            self.settled(key, time).await?;
            // Something may stand there by now.
            return Ok(None);
        }
        if base.when == Condition::Absent {
            let Some(lease) = self.claim(key).await? else {
                return Ok(None);
            };
            base.when = Condition::If(lease.stamp());
            base.lease = Some(lease);
        }
        base.value = self.seen_before(key).await?;
        base.is_inherited = base.value.is_some();
        Ok(Some(base))
    }

    /// Returns an earlier type's value, and keeps it nowhere.
    ///
    /// # Errors
    /// If the store cannot answer, or something stands there that cannot be read: that is not the same as nothing.
    async fn seen_before(&self, key: Key<'_>) -> Result<Option<Cached<T>>> {
        match self.inherited(key).await? {
            Before::Nothing => Ok(None),
            Before::Value(inherited) => Ok(Some(self.told(inherited))),
            Before::Unreadable => Err(foreign()),
        }
    }

    /// Waits until earlier types' values are taken over. An update that did not would begin with nothing, and take away what
    /// they hold.
    async fn settled(&self, key: Key<'_>, time: Duration) -> Result<()> {
        sleep(time.min(settling(self.core.deadline)) + COARSE).await;
        match self.inherits_in(key) {
            Some(time) if !time.is_zero() => Err(Error::new(
                ErrorKind::Conflict,
                "the value of another release cannot be taken over yet; try again later",
            )),
            _ => Ok(()),
        }
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
