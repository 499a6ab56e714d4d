//! multi-tier-cache with one tier, its moka, JSON, which is its default, and one hour to live: by the typed call that its
//! manual shows, which `best_peer_facade` is about, and by its plain typed look-up, which is cheaper.

use std::hint::black_box;
use std::sync::Arc;

use multi_tier_cache::error::{CacheError, CacheResult};
use multi_tier_cache::{
    CacheStrategy, CacheSystem, CacheSystemBuilder, L1Cache, MokaCacheConfig, TierConfig,
};
use tokio::runtime::Runtime;

use super::hour::HOUR;
use super::{Made, room};
use crate::Result;
use crate::contender::Contender;
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

/// `get_or_compute_typed`, every one a hit.
struct GetOrCompute(CacheSystem);

/// `get_typed`.
struct Get(CacheSystem);

pub(super) fn get_or_compute(workload: &Workload, runtime: &Runtime) -> Made {
    Ok(Box::new(GetOrCompute(filled(workload, runtime)?)))
}

pub(super) fn get(workload: &Workload, runtime: &Runtime) -> Made {
    Ok(Box::new(Get(filled(workload, runtime)?)))
}

fn filled(workload: &Workload, runtime: &Runtime) -> Result<CacheSystem> {
    // The default drops what nobody asked for within two minutes, which a long run would meet.
    let config = MokaCacheConfig {
        max_capacity: room(workload) as u64,
        time_to_live: HOUR,
        time_to_idle: HOUR,
    };
    let tier = Arc::new(L1Cache::new(config)?);
    let builder = CacheSystemBuilder::new().with_tier(tier, TierConfig::as_l1());
    runtime.block_on(async {
        let system = builder.build().await?;
        let cache = system.cache_manager();
        for id in workload.keys() {
            let value = serde_json::to_vec(&Pilot::new(id.number))?;
            let strategy = CacheStrategy::MediumTerm;
            cache
                .set_with_strategy(&id.text, value.into(), strategy)
                .await?;
        }
        Ok(system)
    })
}

/// What is called on a miss: there is none.
async fn never() -> CacheResult<Pilot> {
    Err(CacheError::InternalError("a look-up missed".to_owned()))
}

impl Contender for GetOrCompute {
    fn name(&self) -> &'static str {
        "multi_tier_cache"
    }

    fn handicap(&self) -> usize {
        4
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        let cache = self.0.cache_manager();
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                let strategy = CacheStrategy::MediumTerm;
                let pilot = cache
                    .get_or_compute_typed(draw.text, strategy, never)
                    .await?;
                right += usize::from(pilot.number == draw.number);
            }
            Ok(right)
        })
    }
}

impl Contender for Get {
    fn name(&self) -> &'static str {
        "multi_tier_cache_get"
    }

    fn handicap(&self) -> usize {
        4
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        let cache = self.0.cache_manager();
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                if let Some(pilot) = cache.get_typed::<Pilot>(draw.text).await? {
                    right += usize::from(pilot.number == draw.number);
                }
            }
            Ok(right)
        })
    }
}
