//! What stands under a key, leases included, although reads do not see them.

use cache_core::{
    Backend, Entry, Found, Key, Life, Lifetime, Meta, Put, Reason, Stamp, Timestamp, Ttl,
};

use super::store::{Store, no_answer};
use crate::fault::Fault;

/// What stands under a key.
pub(super) enum Seen {
    /// A live entry.
    Live(Entry),
    /// Somebody is loading: absent to every read.
    Lease(Meta),
    /// An entry past its end, still held.
    Dead,
    /// Something that reads make nothing of.
    Unreadable(Reason),
    Absent,
}

/// Looks.
pub(super) async fn look(store: &Store, key: Key<'_>) -> Result<Seen, Fault> {
    let found = store.backend.get(key).await.map_err(no_answer)?;
    Ok(match found.unshared() {
        Found::Entry(entry) => Seen::Live(entry),
        Found::Dead => Seen::Dead,
        Found::Unreadable(reason) => Seen::Unreadable(reason),
        Found::Shared(_) | Found::Absent => {
            lease(store, key).await.map_or(Seen::Absent, Seen::Lease)
        }
    })
}

/// Asks for a lease, by a change that has to be refused: over a stamp that nothing stored ever had. A user who may only
/// read is refused otherwise, and sees no lease.
async fn lease(store: &Store, key: Key<'_>) -> Option<Meta> {
    let now = store.judge.clock().now();
    let to = Meta::new(now, Lifetime::starting(now, Ttl::Never, Default::default()));
    let Ok(Put::Refused(Some(standing))) = store.backend.retime(key, to, Stamp::next()).await
    else {
        return None;
    };
    let lives = matches!(store.judge.life(&standing, now), Life::Fresh | Life::Stale);
    (standing.is_lease() && lives).then_some(standing)
}

/// Says in a word where an entry stands in its life.
pub(super) fn state(store: &Store, meta: &Meta, now: Timestamp) -> &'static str {
    match store.judge.life(meta, now) {
        Life::Fresh => "fresh",
        Life::Stale => "stale",
        Life::Dead => "dead",
        Life::Ahead => "ahead",
    }
}
