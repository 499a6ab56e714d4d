//! quick_cache as it is: `String` keys, `Arc` values. It has no time to live.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::runtime::Runtime;

use super::{Made, room};
use crate::Result;
use crate::contender::{Contender, count_right};
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

struct QuickCache(Cache<String, Arc<Pilot>>);

pub(super) fn make(workload: &Workload) -> Made {
    let cache = Cache::new(room(workload));
    for id in workload.keys() {
        cache.insert(id.text.clone(), Arc::new(Pilot::new(id.number)));
    }
    Ok(Box::new(QuickCache(cache)))
}

impl Contender for QuickCache {
    fn name(&self) -> &'static str {
        "quick_cache"
    }

    fn look_up(&self, draws: &[Draw<'_>], _: &Runtime) -> Result<usize> {
        Ok(count_right(draws, |draw| {
            self.0.get(draw.text).map(|pilot| pilot.number)
        }))
    }
}
