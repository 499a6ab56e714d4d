//! The callers: tasks that wait for each other, then ask all at once.

use std::sync::Arc;
use std::time::Duration;

use cache_facade::{Cache, Cached, Domain, domain, loader_fn};
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, JoinSet, yield_now};
use tokio::time::timeout;

use super::upstream::{Upstream, Way};
use crate::Result;
use crate::pilot::Pilot;

/// What one caller got.
pub(super) type Answer = cache_facade::Result<Option<Cached<Pilot>>>;

/// Longer than this no scene has to wait for its callers.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cache with nothing in it, what is behind it, and those who ask.
pub(super) struct Crowd {
    pub(super) upstream: Arc<Upstream>,
    pub(super) pilots: Domain<Pilot>,
    way: Way,
    callers: JoinSet<Answer>,
    _cache: Cache,
}

impl Crowd {
    pub(super) fn new(way: Way, upstream: Upstream) -> Result<Self> {
        let upstream = Arc::new(upstream);
        let source = Arc::clone(&upstream);
        let load = move |_: u64, _| {
            let source = Arc::clone(&source);
            async move { source.load().await }
        };
        let cache = Cache::builder()
            .domain(domain::<Pilot>().loader(loader_fn(load)))
            .build()?;
        Ok(Self {
            upstream,
            pilots: cache.domain()?,
            way,
            callers: JoinSet::new(),
            _cache: cache,
        })
    }

    /// Lets one caller ask, and returns when the source was called for it.
    pub(super) async fn lead(&self) -> Result<JoinHandle<Answer>> {
        let leader = tokio::spawn(self.ask(None));
        self.wait_until(|crowd| crowd.upstream.calls() == 1).await?;
        Ok(leader)
    }

    /// Lets this many callers assemble and ask at once, and returns when so many altogether wait for a load of another.
    pub(super) async fn gather(&mut self, callers: usize, waiters: usize) -> Result {
        let barrier = Arc::new(Barrier::new(callers));
        for _ in 0..callers {
            self.callers.spawn(self.ask(Some(Arc::clone(&barrier))));
        }
        let waiters = u64::try_from(waiters)?;
        self.wait_until(|crowd| crowd.pilots.stats().waiters >= waiters)
            .await
    }

    /// Waits for the answers of all who were gathered.
    pub(super) async fn answers(&mut self) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(self.callers.len());
        while let Some(answer) = self.callers.join_next().await {
            answers.push(answer?);
        }
        Ok(answers)
    }

    fn ask(&self, barrier: Option<Arc<Barrier>>) -> impl Future<Output = Answer> + Send + use<> {
        let (way, pilots, upstream) = (self.way, self.pilots.clone(), Arc::clone(&self.upstream));
        async move {
            if let Some(barrier) = barrier {
                barrier.wait().await;
            }
            way.ask(&pilots, &upstream).await
        }
    }

    async fn wait_until(&self, is_so: impl Fn(&Self) -> bool + Send + Sync) -> Result {
        let waiting = async {
            while !is_so(self) {
                yield_now().await;
            }
        };
        timeout(PATIENCE, waiting)
            .await
            .map_err(|_| format!("the callers did not assemble within {PATIENCE:?}").into())
    }
}
