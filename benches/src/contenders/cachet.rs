//! cachet with its memory tier, `String` keys, `Arc` values, one hour to live. It has no remote store, so it is shown and
//! takes part in no ratio.

use std::hint::black_box;
use std::sync::Arc;

use cachet::{Cache, CacheEntry};
use tick::Clock;
use tokio::runtime::Runtime;

use super::hour::HOUR;
use super::{Made, room};
use crate::Result;
use crate::contender::Contender;
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

struct Cachet(Cache<String, Arc<Pilot>>);

pub(super) fn make(workload: &Workload, runtime: &Runtime) -> Made {
    let capacity = room(workload) as u64;
    runtime.block_on(async {
        let cache = Cache::builder(Clock::new_tokio())
            .memory_with(|memory| memory.max_capacity(capacity))
            .ttl(HOUR)
            .build();
        for id in workload.keys() {
            let value = Arc::new(Pilot::new(id.number));
            cache
                .insert(id.text.clone(), CacheEntry::new(value))
                .await?;
        }
        let contender: Box<dyn Contender> = Box::new(Cachet(cache));
        Ok(contender)
    })
}

impl Contender for Cachet {
    fn name(&self) -> &'static str {
        "cachet"
    }

    fn handicap(&self) -> usize {
        2
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                if let Some(entry) = self.0.get(draw.text).await? {
                    right += usize::from(entry.value().number == draw.number);
                }
            }
            Ok(right)
        })
    }
}
