//! Calls to the store, each within a limit, and whatever it can do at once.

use std::pin::pin;

use cache_core::{
    Backend, Capability, Found, Key, Meta, OwnedKey, Put, PutItem, Removed, Result, Scope, Stamp,
    loops,
};
use futures_util::StreamExt;
use futures_util::future::join_all;

use super::Manager;
use crate::deadline::{batch_within, within};

impl Manager {
    pub(super) async fn store_get(&self, key: Key<'_>) -> Result<Found> {
        within(self.limit, self.store.get(key)).await
    }

    /// Visits the live entries of a scope.
    pub(super) async fn walk(
        &self,
        scope: Scope<'_>,
        mut visit: impl FnMut(OwnedKey, Meta) + Send,
    ) -> Result<()> {
        let mut pages = pin!(self.store.scan(scope));
        while let Some(page) = pages.next().await {
            page?.into_iter().for_each(|(key, meta)| visit(key, meta));
        }
        Ok(())
    }

    pub(super) async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let limit = self.limit;
        if self.has_batches() {
            batch_within(limit, keys.len(), self.store.get_many(keys)).await
        } else {
            batch_within(limit, keys.len(), loops::get_each(&self.store, keys)).await
        }
    }

    pub(super) async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let limit = self.limit;
        if self.has_batches() {
            batch_within(limit, keys.len(), self.store.remove_many(keys)).await
        } else {
            batch_within(limit, keys.len(), loops::remove_each(&self.store, keys)).await
        }
    }

    pub(super) async fn put_many<B: Backend>(
        &self,
        store: &B,
        items: Vec<PutItem<'_>>,
    ) -> Vec<Result<Put>> {
        let (limit, count) = (self.limit, items.len());
        if self.has_batches() {
            batch_within(limit, count, store.put_many(items)).await
        } else {
            batch_within(limit, count, loops::put_each(store, items)).await
        }
    }

    pub(super) async fn heads<B: Backend>(
        &self,
        store: &B,
        keys: &[Key<'_>],
    ) -> Vec<Result<Option<Meta>>> {
        let heads = keys.iter().map(|key| within(self.limit, store.head(*key)));
        join_all(heads).await
    }

    /// Removes entries that are still those of these stamps. Returns how many were.
    pub(super) async fn remove_exactly(&self, entries: &[(Key<'_>, Stamp)]) -> Result<u64> {
        let removals = entries
            .iter()
            .map(|(key, stamp)| within(self.limit, self.store.remove(*key, Some(*stamp))));
        let mut removed = 0;
        for removal in join_all(removals).await {
            removed += u64::from(removal? != Removed::Missing);
        }
        Ok(removed)
    }

    fn has_batches(&self) -> bool {
        self.store.info().capabilities.has(Capability::Batch)
    }
}
