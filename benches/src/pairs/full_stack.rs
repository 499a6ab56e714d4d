//! Our side: typed domains over a store, opened by a configuration.

use std::sync::Arc;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, domain};

use super::record::{Record, Sheet};
use super::side::Side;
use crate::Result;
use crate::pilot::Pilot;

/// A cache with both types of record.
pub(crate) struct Stack(Cache);

impl Stack {
    /// Opens the store.
    ///
    /// # Errors
    /// If the configuration does not allow it, or the store cannot be opened.
    pub(crate) fn open(config: CacheConfig) -> Result<Self> {
        let cache = Cache::builder()
            .config(config)
            .domain(domain::<Pilot>())
            .domain(domain::<Sheet>())
            .build()?;
        Ok(Self(cache))
    }

    pub(crate) fn domain<R: Record>(&self) -> Result<Ours<R>> {
        Ok(Ours(self.0.domain::<R>()?))
    }
}

/// The domain of one type.
pub(crate) struct Ours<R>(pub(crate) Domain<R>);

impl<R> Clone for Ours<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R: Record> Side<R> for Ours<R> {
    async fn get(&self, id: u64) -> Result<Option<u64>> {
        let found = self.0.get(id).await?;
        Ok(found.map(|record| record.number()))
    }

    async fn put(&self, id: u64, record: &Arc<R>) -> Result {
        Ok(self.0.put(id, Arc::clone(record)).await?)
    }

    async fn get_many(&self, ids: &[u64]) -> Result<usize> {
        let found = self.0.get_many(ids.iter().copied()).await;
        let mut right = 0;
        for (id, record) in ids.iter().zip(found) {
            right += usize::from(record?.is_some_and(|record| record.number() == *id));
        }
        Ok(right)
    }
}
