//! `moka::future` as it is: `String` keys, `Arc` values, with and without a time to live per entry.

use std::hint::black_box;
use std::sync::Arc;

use moka::future::Cache;
use tokio::runtime::Runtime;

use super::hour::Hour;
use super::{Made, room};
use crate::Result;
use crate::contender::Contender;
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

struct MokaFuture {
    name: &'static str,
    cache: Cache<String, Arc<Pilot>>,
}

pub(super) fn make(
    name: &'static str,
    workload: &Workload,
    expiry: bool,
    runtime: &Runtime,
) -> Made {
    let builder = Cache::builder().max_capacity(room(workload) as u64);
    let builder = if expiry {
        builder.expire_after(Hour)
    } else {
        builder
    };
    let cache = builder.build();
    runtime.block_on(async {
        for id in workload.keys() {
            let value = Arc::new(Pilot::new(id.number));
            cache.insert(id.text.clone(), value).await;
        }
        cache.run_pending_tasks().await;
    });
    Ok(Box::new(MokaFuture { name, cache }))
}

impl Contender for MokaFuture {
    fn name(&self) -> &'static str {
        self.name
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                if let Some(pilot) = self.cache.get(draw.text).await {
                    right += usize::from(pilot.number == draw.number);
                }
            }
            Ok(right)
        })
    }
}
