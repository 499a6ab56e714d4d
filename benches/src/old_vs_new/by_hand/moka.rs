//! moka by hand: a cache for each type, values shared, a time to live per entry.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eve::Id;
use moka::Expiry;
use moka::sync::Cache;

use super::super::kinds::{Body, ByKind, Shelves, ttl};
use super::super::service::{Service, Tally};
use super::super::upstream::Upstream;
use super::absent_ttl;
use crate::Result;

/// The faster of moka's two caches: it is read and written without a future, and nothing here has to wait for another load.
pub(in super::super) struct MokaByHand {
    caches: ByKind<Caches>,
    upstream: Arc<Upstream>,
}

struct Caches;

impl Shelves for Caches {
    type Of<T: Body> = Cache<Id, Option<Arc<T>>>;
}

impl MokaByHand {
    /// Makes empty caches, each with this much room.
    pub(in super::super) fn new(capacity: u64, upstream: &Arc<Upstream>) -> Self {
        Self {
            caches: ByKind {
                characters: cache(capacity),
                corporations: cache(capacity),
                alliances: cache(capacity),
                systems: cache(capacity),
                types: cache(capacity),
            },
            upstream: Arc::clone(upstream),
        }
    }
}

fn cache<T: Body>(capacity: u64) -> Cache<Id, Option<Arc<T>>> {
    let lives = Lives {
        value: ttl::<T>(),
        absent: absent_ttl(),
    };
    Cache::builder()
        .max_capacity(capacity)
        .expire_after(lives)
        .build()
}

/// How long entries of a cache live, from every write on.
struct Lives {
    value: Duration,
    absent: Duration,
}

impl Lives {
    fn of<T>(&self, value: &Option<Arc<T>>) -> Option<Duration> {
        Some(if value.is_some() {
            self.value
        } else {
            self.absent
        })
    }
}

impl<T> Expiry<Id, Option<Arc<T>>> for Lives {
    fn expire_after_create(&self, _: &Id, value: &Option<Arc<T>>, _: Instant) -> Option<Duration> {
        self.of(value)
    }

    fn expire_after_update(
        &self,
        _: &Id,
        value: &Option<Arc<T>>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.of(value)
    }
}

impl Service for MokaByHand {
    type Value<T: Body> = Arc<T>;

    async fn find<T: Body>(&self, id: Id) -> Result<Option<Arc<T>>> {
        let cache = T::of(&self.caches);
        if let Some(kept) = cache.get(&id) {
            return Ok(kept);
        }
        let value = self.upstream.load::<T>(id).map(Arc::new);
        cache.insert(id, value.clone());
        Ok(value)
    }

    async fn end(self, _: &Tally) -> Result {
        Ok(())
    }
}
