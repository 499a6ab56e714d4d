//! Leases: on a store that other processes write to as well, who loads an absent key first leaves a mark there.
//!
//! The mark is a lease: absent to every read, refused by another lease, gone after any change of the key by anybody. The load
//! is published only over its own lease, so a change in another process keeps it out, as a fence does in this one.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Capability, Condition, Entry, Found, Meta, Operation, OwnedKey, Put, Result, Stamp,
    Ttl,
};
use tokio::time::{Instant, sleep};

use crate::core::Answer;
use crate::deadline::within;
use crate::flight::Reread;
use crate::inner::Inner;

/// How long a lease lives unless it is renewed: after a crash of its holder, this long nobody stores the key.
const LEASE: Duration = Duration::from_secs(5);

const RENEWED_AFTER: Duration = Duration::from_millis(5_000 / 3);

/// How long a load waits for somebody else's lease. Then it loads for its own callers and stores nothing.
const LEASE_WAIT: Duration = Duration::from_secs(1);

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// What came of asking for a lease.
pub(super) enum Leased<T: Send + Sync + 'static> {
    /// It is ours: the load is published over its stamp.
    Ours(Lease<T>),
    /// Something stands there by now; or nothing may be stored.
    Reread(Reread<Answer>),
}

/// A lease that a load holds, or asks for. Dropped, it is taken away: its load was left by its inline caller, and the next one
/// must not wait for nobody.
pub(crate) struct Lease<T: Send + Sync + 'static> {
    inner: Arc<Inner<T>>,
    key: OwnedKey,
    pub(super) stamp: Stamp,
    is_over: bool,
}

impl<T: Send + Sync + 'static> Lease<T> {
    pub(crate) fn new(inner: &Arc<Inner<T>>, key: &OwnedKey, stamp: Stamp) -> Self {
        Self {
            inner: Arc::clone(inner),
            key: key.clone(),
            stamp,
            is_over: false,
        }
    }

    #[cfg(feature = "versioning")]
    pub(crate) const fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Takes it away.
    pub(crate) async fn release(mut self) {
        self.inner.release(&self.key, self.stamp).await;
        self.is_over = true;
    }

    /// Leaves it to what is published over it, or to its own end.
    pub(crate) fn leave(mut self) {
        self.is_over = true;
    }
}

impl<T: Send + Sync + 'static> Drop for Lease<T> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (inner, key, stamp) = (Arc::clone(&self.inner), self.key.clone(), self.stamp);
        self.inner
            .core
            .run_apart(async move { inner.release(&key, stamp).await });
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Says whether others write to the store too.
    pub(super) fn is_shared(&self) -> bool {
        self.store.info().capabilities.has(Capability::Shared)
    }

    /// Puts a lease under a key where nothing fresh stands, and waits for a while if somebody else has one there.
    pub(super) async fn lease(self: &Arc<Self>, key: &OwnedKey) -> Leased<T> {
        let until = Instant::now() + LEASE_WAIT;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_lease(key).await {
                Ok(Some(leased)) => return leased,
                Ok(None) if Instant::now() < until => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Ok(None) => return not_to_be_stored(),
                Err(error) => {
                    self.note_failure(Some(key.as_key()), Operation::Put, error);
                    return not_to_be_stored();
                }
            }
        }
    }

    /// `None`: somebody else has a lease, or what stood in the way is gone again.
    async fn try_lease(self: &Arc<Self>, key: &OwnedKey) -> Result<Option<Leased<T>>> {
        let meta = self.lease_meta()?;
        // Before the put: who leaves while it is under way leaves a lease too.
        let lease = Lease::new(self, key, meta.stamp);
        let put = self
            .core
            .loads
            .put(key.as_key(), Entry::lease(meta), Condition::Absent);
        let put = within(self.core.deadline, put).await;
        let standing = match put {
            Ok(Put::Stored(_)) => return Ok(Some(Leased::Ours(lease))),
            Ok(Put::Refused(standing)) => Ok(standing),
            Err(error) => Err(error),
        };
        lease.leave();
        match standing? {
            Some(standing) if standing.is_lease() => Ok(None),
            Some(_) => match within(self.core.deadline, self.store.get(key.as_key())).await? {
                Found::Entry(entry) => Ok(Some(Leased::Reread(self.reread_entry(entry)))),
                _ => Ok(None),
            },
            None => Ok(Some(not_to_be_stored())),
        }
    }

    /// Renews a lease until it is dropped. A lease that is no longer ours fences the flight: somebody changed the key.
    pub(super) async fn renew(self: Arc<Self>, key: OwnedKey, flight: u64, lease: Stamp) {
        loop {
            sleep(RENEWED_AFTER).await;
            let Ok(meta) = self.lease_meta() else {
                return pending().await;
            };
            let to = Meta {
                stamp: lease,
                ..meta
            };
            let retime = self.core.loads.retime(key.as_key(), to, lease);
            if let Ok(Put::Refused(_)) = within(self.core.deadline, retime).await {
                self.core.flights.fence_one(key.as_key(), flight);
                return pending().await;
            }
            // A store that does not answer is asked again; meanwhile the lease may end, and then the publish is refused.
        }
    }

    /// Takes a lease away that nothing will be published over.
    async fn release(&self, key: &OwnedKey, lease: Stamp) {
        let remove = self.core.loads.remove(key.as_key(), Some(lease));
        if let Err(error) = within(self.core.deadline, remove).await {
            self.note_failure(Some(key.as_key()), Operation::Remove, error);
        }
    }

    pub(crate) fn lease_meta(&self) -> Result<Meta> {
        let now = self.judge.clock().now();
        self.meta(now, Ttl::After(LEASE), Duration::ZERO)
    }
}

const fn not_to_be_stored<T: Send + Sync + 'static>() -> Leased<T> {
    Leased::Reread(Reread::Load {
        stale: None,
        when: None,
    })
}
