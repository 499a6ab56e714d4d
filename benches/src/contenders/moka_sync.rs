//! `moka::sync` as it is: `String` keys, `Arc` values, with and without a time to live per entry, by two hashers.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use moka::sync::Cache;
use tokio::runtime::Runtime;

use super::hour::Hour;
use super::{Made, room};
use crate::Result;
use crate::contender::{Contender, count_right};
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

struct MokaSync<S> {
    name: &'static str,
    cache: Cache<String, Arc<Pilot>, S>,
}

/// By moka's default hasher, which is the standard library's.
pub(super) fn sip(name: &'static str, workload: &Workload, expiry: bool) -> Made {
    Ok(make(name, workload, expiry, RandomState::new()))
}

pub(super) fn fold(name: &'static str, workload: &Workload, expiry: bool) -> Made {
    let hasher = foldhash::fast::RandomState::default();
    Ok(make(name, workload, expiry, hasher))
}

fn make<S>(name: &'static str, workload: &Workload, expiry: bool, hasher: S) -> Box<dyn Contender>
where
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let builder = Cache::builder().max_capacity(room(workload) as u64);
    let builder = if expiry {
        builder.expire_after(Hour)
    } else {
        builder
    };
    let cache = builder.build_with_hasher(hasher);
    for id in workload.keys() {
        cache.insert(id.text.clone(), Arc::new(Pilot::new(id.number)));
    }
    cache.run_pending_tasks();
    Box::new(MokaSync { name, cache })
}

impl<S: BuildHasher + Clone + Send + Sync + 'static> Contender for MokaSync<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn look_up(&self, draws: &[Draw<'_>], _: &Runtime) -> Result<usize> {
        Ok(count_right(draws, |draw| {
            self.cache.get(draw.text).map(|pilot| pilot.number)
        }))
    }
}
