//! Releases that share a store: who is at work under which address, and changes that reach all of them.

mod elsewhere;
mod live_set;
mod shared;
mod standing;
mod versioned;

use cache_core::{AnyBackend, Backend, Capability, Judge, Layer};

use crate::release::Release;

pub use versioned::{Versioned, VersionedLayer};

/// The store of an application that has releases, if anything in it outlives this process or is seen by another one.
pub(crate) fn of(
    store: &AnyBackend,
    release: &Release,
    judge: &Judge,
) -> Option<Versioned<AnyBackend>> {
    let version = release.version.as_ref()?;
    let powers = store.info().capabilities;
    if !powers.has(Capability::Shared) && !powers.has(Capability::Persistent) {
        return None;
    }
    Some(VersionedLayer::new(version, judge.clone()).layer(store.clone()))
}
