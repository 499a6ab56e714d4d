//! hitbox by its `#[cached]` functions over its moka backend, one hour to live, by two of its formats: bincode, which it
//! recommends and which `best_peer_facade` is about, and JSON, which is its default.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use hitbox::backend::CacheBackend;
use hitbox_backend::format::{BincodeFormat, JsonFormat};
use hitbox_fn::prelude::*;
use hitbox_moka::MokaBackend;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::hour::HOUR;
use super::{Made, room};
use crate::Result;
use crate::contender::Contender;
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

/// What the cached function answers: hitbox derives a trait of its own for it.
#[derive(Clone, Serialize, Deserialize, CacheableResponse)]
struct Reply {
    pilot: Pilot,
}

/// Whether the caches are being filled. Afterwards the function is to be called no more, and answers something wrong.
static IS_FILLING: AtomicBool = AtomicBool::new(false);

/// The function that is cached. Its arguments cannot borrow.
#[cached]
async fn pilot(text: String) -> Reply {
    let digits = text.rsplit(':').next();
    let number = digits
        .filter(|_| IS_FILLING.load(Ordering::Relaxed))
        .and_then(|digits| digits.parse().ok());
    Reply {
        pilot: Pilot::new(number.unwrap_or_default()),
    }
}

struct Hitbox<B> {
    name: &'static str,
    cache: Cache<B>,
}

pub(super) fn bincode(workload: &Workload, runtime: &Runtime) -> Made {
    let backend = MokaBackend::builder().max_entries(room(workload) as u64);
    let backend = backend.value_format(BincodeFormat).build();
    make("hitbox", backend, workload, runtime)
}

pub(super) fn json(workload: &Workload, runtime: &Runtime) -> Made {
    let backend = MokaBackend::builder().max_entries(room(workload) as u64);
    let backend = backend.value_format(JsonFormat).build();
    make("hitbox_json", backend, workload, runtime)
}

fn make<B>(name: &'static str, backend: B, workload: &Workload, runtime: &Runtime) -> Made
where
    B: CacheBackend + Send + Sync + 'static,
{
    let cache = Cache::builder()
        .backend(backend)
        .policy(PolicyConfig::builder().ttl(HOUR).build())
        .build();
    IS_FILLING.store(true, Ordering::Relaxed);
    runtime.block_on(async {
        for id in workload.keys() {
            pilot(id.text.clone()).cache(&cache).await;
        }
    });
    IS_FILLING.store(false, Ordering::Relaxed);
    Ok(Box::new(Hitbox { name, cache }))
}

impl<B> Contender for Hitbox<B>
where
    B: CacheBackend + Send + Sync + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn handicap(&self) -> usize {
        8
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                let reply = pilot(draw.text.to_owned()).cache(&self.cache).await;
                right += usize::from(reply.pilot.number == draw.number);
            }
            Ok(right)
        })
    }
}
