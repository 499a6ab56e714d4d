//! The new side: the domains of the first consumer on a cache of this project, over any store.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cached, DomainSpec, domain, loader_fn};
use eve::Id;
use eve::cache::EveCache;
use eve::model::{Alliance, Character, Corporation, Killmail, SolarSystem, UniverseType};

use super::kinds::Body;
use super::service::{Counts, Service, Tally};
use super::upstream::Upstream;
use crate::Result;
use crate::on_sled::Dirs;

/// A cache, and the directory that goes with it if its store has one.
pub(super) struct Facade {
    eve: EveCache,
    cache: Cache,
    _dirs: Option<Dirs>,
}

impl Facade {
    /// Opens the cache and its store.
    ///
    /// # Errors
    /// If the configuration does not allow it, or the store cannot be reached.
    pub(super) async fn open(
        config: CacheConfig,
        upstream: &Arc<Upstream>,
        dirs: Option<Dirs>,
    ) -> Result<Self> {
        let cache = Cache::builder()
            .config(config)
            .domain(from::<Character>(upstream))
            .domain(from::<Corporation>(upstream))
            .domain(from::<Alliance>(upstream))
            .domain(from::<SolarSystem>(upstream))
            .domain(from::<UniverseType>(upstream))
            // Registered because all six are; no kill is looked up.
            .domain(domain::<Killmail>())
            .build()?;
        // What is connected by the first call shall not be part of a look-up.
        cache.ping().await?;
        Ok(Self {
            eve: EveCache::open(&cache)?,
            cache,
            _dirs: dirs,
        })
    }
}

/// The domain of a kind, loaded from the bodies in memory in place of those of ESI.
fn from<T: Body>(upstream: &Arc<Upstream>) -> DomainSpec<T> {
    let upstream = Arc::clone(upstream);
    domain().loader(loader_fn(move |id: Id, _| {
        ready(Ok::<Option<T>, Infallible>(upstream.load(id)))
    }))
}

impl Service for Facade {
    type Value<T: Body> = Cached<T>;

    async fn find<T: Body>(&self, id: Id) -> Result<Option<Cached<T>>> {
        Ok(T::domain(&self.eve).get_or_load(id).await?)
    }

    /// The cache counts for itself: fresh and negative look-ups are hits, and nothing may have failed on the way.
    async fn end(self, found: &Tally) -> Result {
        self.cache.settle().await;
        let stats = self.cache.stats().await?;
        for (kind, expected) in found {
            let Some(domain) = stats.domains.get(kind.as_str()) else {
                return Err(format!("the cache has counted nothing of {kind}").into());
            };
            let counted = Counts {
                hits: domain.fresh + domain.negative,
                misses: domain.misses.total(),
            };
            if counted != *expected || domain.failures + domain.stale + domain.fenced > 0 {
                return Err(format!("{kind}: found {expected:?}, and counted {domain:?}").into());
            }
        }
        Ok(self.cache.close().await?)
    }
}
