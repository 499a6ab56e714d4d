//! Snapshots: everything that a cache knows of itself at one moment.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use cache_core::{Backend, Result};
use cache_metrics::{DomainSnapshot, Snapshot, Source, TierSnapshot};
use futures_util::future::BoxFuture;

use crate::cache::Cache;
use crate::deadline::within;

impl Cache {
    /// Returns everything that the cache has counted and timed since it was built, as plain data. A store that does not
    /// answer within the deadline leaves its own figures out.
    ///
    /// # Example
    /// ```
    /// # use cache_facade::Cache;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let cache = Cache::builder().build()?;
    /// let names = cache.raw::<String>()?;
    /// names.put("30000142", "Jita".to_owned()).await?;
    /// names.get("30000142").await?;
    ///
    /// let snapshot = cache.snapshot().await;
    /// assert_eq!(snapshot.domains["raw"].stats.fresh, 1);
    /// assert_eq!(snapshot.tiers[0].calls["put"], 1);
    /// assert_eq!(snapshot.tiers[0].store.unwrap().entries, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn snapshot(&self) -> Snapshot {
        let core = self.core();
        let store = within(core.deadline, core.store.stats()).await.ok();
        let mut snapshot = Snapshot::new(core.namespace.as_str());
        snapshot.release.clone_from(&self.release().version);
        snapshot.epoch = self.release().epoch.0;
        snapshot.open_flights = u64::try_from(core.flights.open()).unwrap_or(u64::MAX);
        snapshot.clears = core.clears.load(Ordering::Relaxed);
        snapshot.domains = self.domain_snapshots();
        snapshot.tiers = vec![TierSnapshot::new(&core.tier, store)];
        snapshot
    }

    fn domain_snapshots(&self) -> BTreeMap<String, DomainSnapshot> {
        let tier = &self.core().tier;
        let domains = self.counted().map(|(name, stats, counts)| {
            let loads = counts.load_times.latency();
            (
                name.to_owned(),
                DomainSnapshot::new(name, stats, loads, tier),
            )
        });
        domains.collect()
    }
}

impl Source for Cache {
    fn snapshot(&self) -> BoxFuture<'_, Snapshot> {
        Box::pin(Self::snapshot(self))
    }

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.ping().await.map(drop) })
    }
}
