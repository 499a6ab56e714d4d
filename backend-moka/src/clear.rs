//! Clearing a scope: at once for readers, then for memory.

use cache_core::Scope;

use crate::pace::{SLICE, breathe};
use crate::store::Store;

/// Removes every entry and lease of a scope.
///
/// Where the scope holds all epochs, its spaces get a new generation first: from then on no read sees what stood there. A
/// write that loaded the old generation holds its stripe, so after one pass through all stripes it has ended, and the walk
/// meets what it stored. What was written under the new generation stays.
///
/// A scope of one epoch has no generation of its own: the walk takes its entries away key by key, each under its stripe.
pub(crate) async fn clear(store: &Store, scope: Scope<'_>) {
    let by_generation = scope.epoch.is_none();
    if by_generation {
        store.ledger.spaces.renew(scope);
        store.await_writes();
    }
    for (visited, (key, held)) in store.table.iter().enumerate() {
        let key = key.as_key();
        if !by_generation && scope.contains(&key) {
            store.evict(key);
        } else if store.is_cleared(key, &held) {
            store.discard(key);
        }
        if visited % SLICE == SLICE - 1 {
            breathe().await;
        }
    }
    store.ledger.spaces.prune();
}
