//! The stores, each of which both sides get empty.

use std::sync::Arc;

use cache_facade::config::CacheConfig;
use redis::cmd;

use super::by_hand::{MokaByHand, RedisByHand, SledByHand};
use super::facade::Facade;
use super::service::Service;
use super::upstream::Upstream;
use crate::Result;
use crate::on_redis::{Server, config, connect};
use crate::on_sled::{Dirs, open};

/// A store.
pub(super) trait Place {
    const NAME: &'static str;

    /// How many kills of the day a round replays at most, so that neither side takes longer than about ten seconds.
    const KILLS: usize;

    type ByHand: Service;

    /// Empties the store and opens it by hand.
    async fn by_hand(&self, upstream: &Arc<Upstream>) -> Result<Self::ByHand>;

    /// Empties the store and opens a cache over it.
    async fn facade(&self, upstream: &Arc<Upstream>) -> Result<Facade>;
}

/// In this process.
pub(super) struct Moka;

/// What the backend has room for by default: more than the day's entities, so that nobody evicts.
const CAPACITY: u64 = 100_000;

impl Place for Moka {
    const NAME: &'static str = "moka";
    const KILLS: usize = usize::MAX;

    type ByHand = MokaByHand;

    async fn by_hand(&self, upstream: &Arc<Upstream>) -> Result<MokaByHand> {
        Ok(MokaByHand::new(CAPACITY, upstream))
    }

    async fn facade(&self, upstream: &Arc<Upstream>) -> Result<Facade> {
        let config = CacheConfig::from_url(&format!("moka://?max_capacity={CAPACITY}"))?;
        Facade::open(config, upstream, None).await
    }
}

/// A server on the loopback interface.
pub(super) struct Redis(pub(super) Server);

impl Redis {
    async fn emptied(&self) -> Result<redis::aio::ConnectionManager> {
        let mut connection = connect(&self.0).await?;
        cmd("FLUSHALL").query_async::<()>(&mut connection).await?;
        Ok(connection)
    }
}

impl Place for Redis {
    const NAME: &'static str = "redis";
    /// Each look-up waits for the server, so the whole day would take half a minute.
    const KILLS: usize = 2_000;

    type ByHand = RedisByHand;

    async fn by_hand(&self, upstream: &Arc<Upstream>) -> Result<RedisByHand> {
        Ok(RedisByHand::new(self.emptied().await?, upstream))
    }

    async fn facade(&self, upstream: &Arc<Upstream>) -> Result<Facade> {
        self.emptied().await?;
        Facade::open(config(self.0.port())?, upstream, None).await
    }
}

/// A directory of its own for each side in each round, where reads run as the backend decides by default.
pub(super) struct Sled;

impl Place for Sled {
    const NAME: &'static str = "sled";
    const KILLS: usize = usize::MAX;

    type ByHand = SledByHand;

    async fn by_hand(&self, upstream: &Arc<Upstream>) -> Result<SledByHand> {
        let dirs = Dirs::new()?;
        let db = open(&dirs.path("by_hand"))?;
        Ok(SledByHand::new(db, upstream, dirs))
    }

    async fn facade(&self, upstream: &Arc<Upstream>) -> Result<Facade> {
        let dirs = Dirs::new()?;
        let config = dirs.config("facade", "auto")?;
        Facade::open(config, upstream, Some(dirs)).await
    }
}
