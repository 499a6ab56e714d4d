//! Releases that share a store: who is at work under which address, and changes that reach all of them.

mod elsewhere;
mod listed;
mod live_set;
mod manager;
mod record;
mod shared;
mod standing;
mod state;
mod versioned;

use std::time::Duration;

use cache_core::{AnyBackend, Backend, Capability, Judge, Layer};

use crate::release::Release;

pub use listed::Listed;
pub use manager::{
    Action, AddressStatus, Compatibility, Converted, DeployReport, Deployed, HistoryRow,
    HookContext, HookReport, Invalidated, OnFailure, Purge, PurgeReport, PurgedAddress,
    RollbackReport, SeenRelease, Status, Strategy, Verified, VersionManager, VersionStatus,
    Watermark,
};
pub use versioned::{Versioned, VersionedLayer};

/// A change may still be under way for this long at least that did not know of an address when it began. Only then may what was
/// stored elsewhere be taken over to that address: the change might remove it there later, and not here.
pub(crate) const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// After it has read who is listed, a change makes three calls, each within a deadline, unless values are at three addresses or more
/// where somebody is at work.
pub(crate) fn settling(deadline: Duration) -> Duration {
    SETTLED_AFTER.max(deadline.saturating_mul(4))
}

/// The store of an application that has releases, if anything in it outlives this process or is seen by another one.
pub(crate) fn of(
    store: &AnyBackend,
    release: &Release,
    judge: &Judge,
    deadline: Duration,
) -> Option<Versioned<AnyBackend>> {
    let version = release.version.as_ref()?;
    let powers = store.info().capabilities;
    if !powers.has(Capability::Shared) && !powers.has(Capability::Persistent) {
        return None;
    }
    let layer = VersionedLayer::new(version, judge.clone()).deadline(deadline);
    Some(layer.layer(store.clone()))
}
