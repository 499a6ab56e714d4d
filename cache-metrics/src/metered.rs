//! The decorator: counts and times what a backend is asked for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::striped::Place;
use cache_core::{
    Backend, BackendInfo, Condition, Counters, Entry, Error, Found, Key, Layer, Meta, Operation,
    Page, Put, PutItem, Removed, Result, Scope, Space, Stamp, Stats,
};
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::tier::Tier;

/// One read that process memory answers in so many is timed, if nothing else is said.
pub const SAMPLED: u64 = 64;

/// Settings of [`Metered`].
#[derive(Clone, Copy, Debug)]
pub struct MeteredLayer {
    sampling: u64,
}

impl Default for MeteredLayer {
    fn default() -> Self {
        Self { sampling: SAMPLED }
    }
}

impl MeteredLayer {
    /// Sets how often a read that process memory answers is timed, which takes less time than reading a clock twice: each
    /// thread times one in so many of its own, rounded up to a power of two. 1 times all, 0 none; the default is
    /// [`SAMPLED`]. All are counted. Calls that are awaited are timed each.
    #[must_use]
    pub const fn time_one_in(self, sampling: u64) -> Self {
        Self { sampling }
    }

    /// The bits that are all set in a thread's count when its next read is to be timed. A store that never answers at once
    /// keeps that count at zero.
    const fn mask(self) -> Option<u64> {
        match self.sampling {
            0 => None,
            more => match more.checked_next_power_of_two() {
                Some(power) => Some(power - 1),
                None => None,
            },
        }
    }
}

impl<B: Backend> Layer<B> for MeteredLayer {
    type Backend = Metered<B>;

    fn layer(&self, inner: B) -> Metered<B> {
        Metered {
            tier: Arc::new(Tier::new(inner.info().name)),
            mask: self.mask(),
            inner,
        }
    }
}

/// A backend that is counted and timed. Answers are those of the backend inside, unchanged.
///
/// It is meant to be the innermost layer: then it tells what the store does, whatever is wrapped around it.
///
/// # Example
/// ```
/// use cache_core::{Backend, Layer, Operation};
/// use cache_metrics::MeteredLayer;
/// use cache_testkit::{ManualClock, MemoryBackend};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cache_core::Result<()> {
/// let metered = MeteredLayer::default().layer(MemoryBackend::new(ManualClock::default().judge()));
/// let tier = metered.tier();
/// metered.ping().await?;
/// assert_eq!(tier.calls(Operation::Ping), 1);
/// assert_eq!(tier.latencies()["ping"].count, 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Metered<B> {
    inner: B,
    tier: Arc<Tier>,
    mask: Option<u64>,
}

impl<B> Metered<B> {
    /// Returns what is counted; it outlives the backend.
    #[must_use]
    pub fn tier(&self) -> Arc<Tier> {
        Arc::clone(&self.tier)
    }

    /// Returns the backend inside.
    #[must_use]
    pub const fn get_ref(&self) -> &B {
        &self.inner
    }

    fn begin<'a>(&'a self, operation: Operation, space: Option<&'a Space>) -> Call<'a> {
        self.tier.count(operation);
        Call {
            tier: &self.tier,
            operation,
            space,
            began: Instant::now(),
            is_answered: false,
        }
    }
}

impl<B: Backend> Metered<B> {
    #[cold]
    fn timed_now(&self, key: Key<'_>, count: &Place<'_>) -> Option<Found> {
        let began = Instant::now();
        let found = self.inner.get_now(key)?;
        let took = began.elapsed();
        count.add(1);
        self.tier.took_now(key.space(), took);
        Some(found)
    }
}

/// A call under way. Dropped without an answer, it was given up by who awaited it.
struct Call<'a> {
    tier: &'a Tier,
    operation: Operation,
    space: Option<&'a Space>,
    began: Instant,
    is_answered: bool,
}

impl Call<'_> {
    fn one<T>(mut self, answer: Result<T>) -> Result<T> {
        self.is_answered = true;
        if let Err(error) = &answer {
            self.tier.fail(error.kind());
        }
        answer
    }

    fn many<T>(mut self, answers: Vec<Result<T>>) -> Vec<Result<T>> {
        self.is_answered = true;
        for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            self.tier.fail(error.kind());
        }
        answers
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.tier.abandon();
        }
        self.tier
            .took(self.operation, self.space, self.began.elapsed());
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Metered<B> {
    fn info(&self) -> &BackendInfo {
        self.inner.info()
    }

    #[inline]
    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        let count = self.tier.now();
        if self.mask.is_some_and(|mask| count.here() & mask == mask) {
            return self.timed_now(key, &count);
        }
        let found = self.inner.get_now(key)?;
        count.add(1);
        Some(found)
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let call = self.begin(Operation::Get, Some(key.space()));
        call.one(self.inner.get(key).await)
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        let call = self.begin(Operation::Put, Some(key.space()));
        call.one(self.inner.put(key, entry, when).await)
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let call = self.begin(Operation::Remove, Some(key.space()));
        call.one(self.inner.remove(key, only).await)
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        let call = self.begin(Operation::Head, Some(key.space()));
        call.one(self.inner.head(key).await)
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let call = self.begin(Operation::Retime, Some(key.space()));
        call.one(self.inner.retime(key, to, over).await)
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let call = self.begin(Operation::GetMany, keys.first().map(Key::space));
        call.many(self.inner.get_many(keys).await)
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let space = items.first().map(|item| item.key.space().clone());
        let call = self.begin(Operation::PutMany, space.as_ref());
        call.many(self.inner.put_many(items).await)
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let call = self.begin(Operation::RemoveMany, keys.first().map(Key::space));
        call.many(self.inner.remove_many(keys).await)
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        let call = self.begin(Operation::Clear, None);
        call.one(self.inner.clear(scope).await)
    }

    /// How long a scan takes is up to who takes its pages, so it is counted and not timed.
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.tier.count(Operation::Scan);
        self.inner.scan(scope).inspect(|page| {
            if let Err(error) = page {
                self.tier.fail(error.kind());
            }
        })
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        let call = self.begin(Operation::Count, None);
        call.one(self.inner.count(scope).await)
    }

    async fn stats(&self) -> Result<Stats> {
        let call = self.begin(Operation::Stats, None);
        call.one(self.inner.stats().await)
    }

    async fn ping(&self) -> Result<Duration> {
        let call = self.begin(Operation::Ping, None);
        call.one(self.inner.ping().await)
    }

    async fn flush(&self) -> Result<()> {
        let call = self.begin(Operation::Flush, None);
        call.one(self.inner.flush().await)
    }

    async fn close(&self) -> Result<()> {
        let call = self.begin(Operation::Close, None);
        call.one(self.inner.close().await)
    }

    fn counters(&self) -> Option<&dyn Counters> {
        self.inner.counters().map(|_| self as &dyn Counters)
    }
}

#[async_trait]
impl<B: Backend> Counters for Metered<B> {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        let Some(counters) = self.inner.counters() else {
            return Err(Error::unsupported(Operation::Add, self.inner.info().name));
        };
        let call = self.begin(Operation::Add, Some(key.space()));
        call.one(counters.add(key, by, window).await)
    }
}
