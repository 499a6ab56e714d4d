//! Our own stack, whole: a typed domain over an erased in-process backend that was opened from a URL, with counters,
//! judged times and trace events, by each of its ways to read.

use std::hint::black_box;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cached, Domain, FnLoader, KeyPart, domain, loader_fn};
use tokio::runtime::Runtime;

use super::{Made, room};
use crate::Result;
use crate::contender::{Contender, count_right};
use crate::pilot::Pilot;
use crate::workload::{Draw, Id, Workload};

/// `Domain::get` of text ids.
struct Get(Stack);

/// `Domain::get` of integer ids.
struct GetU64(Stack);

/// `Domain::get_now` of text ids.
struct GetNow(Stack);

/// `Domain::get_or_load` of text ids, every one a hit.
struct GetOrLoad(Stack);

/// A cache of its own for each contender; it goes with its last handle.
struct Stack {
    pilots: Domain<Pilot>,
    _cache: Cache,
}

pub(super) fn get(workload: &Workload, runtime: &Runtime) -> Made {
    Ok(Box::new(Get(Stack::by_text(workload, runtime)?)))
}

pub(super) fn get_u64(workload: &Workload, runtime: &Runtime) -> Made {
    let stack = Stack::filled(workload, runtime, |id| id.number)?;
    Ok(Box::new(GetU64(stack)))
}

pub(super) fn get_now(workload: &Workload, runtime: &Runtime) -> Made {
    Ok(Box::new(GetNow(Stack::by_text(workload, runtime)?)))
}

pub(super) fn get_or_load(workload: &Workload, runtime: &Runtime) -> Made {
    Ok(Box::new(GetOrLoad(Stack::by_text(workload, runtime)?)))
}

impl Stack {
    fn by_text(workload: &Workload, runtime: &Runtime) -> Result<Self> {
        Self::filled(workload, runtime, |id| id.text.as_str())
    }

    fn filled<'w, K: KeyPart + Send + Sync>(
        workload: &'w Workload,
        runtime: &Runtime,
        key: impl Fn(&'w Id) -> K,
    ) -> Result<Self> {
        let url = format!("moka://?max_capacity={}", room(workload));
        let cache = Cache::builder()
            .config(CacheConfig::from_url(&url)?)
            .domain(domain::<Pilot>().loader(never()))
            .build()?;
        let pilots = cache.domain::<Pilot>()?;
        runtime.block_on(async {
            for id in workload.keys() {
                pilots.put(key(id), Pilot::new(id.number)).await?;
            }
            Ok::<(), cache_facade::Error>(())
        })?;
        Ok(Self {
            pilots,
            _cache: cache,
        })
    }
}

/// A loader that finds nothing: a look-up that reached it would not count as right.
fn never() -> impl cache_facade::Loader<Pilot> {
    let load = |_: String, _| async { Ok::<Option<Pilot>, std::io::Error>(None) };
    let loader: FnLoader<_, String> = loader_fn(load);
    loader
}

fn is_right(found: Option<&Cached<Pilot>>, draw: Draw<'_>) -> usize {
    usize::from(found.is_some_and(|pilot| pilot.number == draw.number))
}

impl Contender for Get {
    fn name(&self) -> &'static str {
        "full_stack"
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                right += is_right(self.0.pilots.get(draw.text).await?.as_ref(), draw);
            }
            Ok(right)
        })
    }
}

impl Contender for GetU64 {
    fn name(&self) -> &'static str {
        "full_stack_u64"
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                right += is_right(self.0.pilots.get(draw.number).await?.as_ref(), draw);
            }
            Ok(right)
        })
    }
}

impl Contender for GetNow {
    fn name(&self) -> &'static str {
        "full_stack_get_now"
    }

    fn look_up(&self, draws: &[Draw<'_>], _: &Runtime) -> Result<usize> {
        Ok(count_right(draws, |draw| {
            let found = self.0.pilots.get_now(draw.text)?.fresh()?;
            Some(found.number)
        }))
    }
}

impl Contender for GetOrLoad {
    fn name(&self) -> &'static str {
        "full_stack_get_or_load"
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                let found = self.0.pilots.get_or_load(draw.text).await?;
                right += is_right(found.as_ref(), draw);
            }
            Ok(right)
        })
    }
}
