//! A layer that lets others run: each operation of the wrapped backend is preceded and followed by yields.
//!
//! It uses nothing but the waker of whoever polls, so it works in any executor, schedule explorers included.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{
    Backend, BackendInfo, Condition, Counters, Entry, Error, Found, Key, Meta, Operation, Page,
    Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_util::stream::{self, Stream, StreamExt};

/// A backend each of whose operations yields before and after the inner operation.
///
/// `get_now` cannot wait: with any yields configured it answers `None`, so that `get` is asked.
///
/// # Example
/// ```
/// use cache_core::Backend;
/// use cache_testkit::{ManualClock, MemoryBackend, Yielding};
/// let backend = Yielding::new(MemoryBackend::new(ManualClock::default().judge()), 2);
/// assert_eq!(backend.info().name, "memory");
/// ```
#[derive(Clone, Debug)]
pub struct Yielding<B> {
    inner: B,
    before: u32,
    after: u32,
}

impl<B> Yielding<B> {
    /// Wraps a backend: so many yields before, and as many after each operation.
    #[must_use]
    pub const fn new(inner: B, times: u32) -> Self {
        Self::around(inner, times, times)
    }

    /// Wraps a backend: so many yields before each operation, and so many after it.
    #[must_use]
    pub const fn around(inner: B, before: u32, after: u32) -> Self {
        Self {
            inner,
            before,
            after,
        }
    }

    /// Returns the wrapped backend.
    #[must_use]
    pub const fn get_ref(&self) -> &B {
        &self.inner
    }

    /// Gives the wrapped backend back.
    #[must_use]
    pub fn into_inner(self) -> B {
        self.inner
    }
}

impl<B: Backend> Yielding<B> {
    async fn surround<T: Send>(&self, operation: impl Future<Output = T> + Send) -> T {
        Yields(self.before).await;
        let answer = operation.await;
        Yields(self.after).await;
        answer
    }
}

/// Is pending so many times, and asks to be polled again at once each time.
pub(crate) struct Yields(pub(crate) u32);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Yielding<B> {
    fn info(&self) -> &BackendInfo {
        self.inner.info()
    }

    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        if self.before + self.after > 0 {
            return None;
        }
        self.inner.get_now(key)
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        self.surround(self.inner.get(key)).await
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.surround(self.inner.put(key, entry, when)).await
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.surround(self.inner.remove(key, only)).await
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.surround(self.inner.head(key)).await
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        self.surround(self.inner.retime(key, to, over)).await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.surround(self.inner.get_many(keys)).await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.surround(self.inner.put_many(items)).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        self.surround(self.inner.remove_many(keys)).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.surround(self.inner.clear(scope)).await
    }

    /// Yields before and after every page.
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        let pages = Box::pin(self.inner.scan(scope));
        stream::unfold(pages, async |mut pages| {
            let page = self.surround(pages.next()).await?;
            Some((page, pages))
        })
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.surround(self.inner.count(scope)).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.surround(self.inner.stats()).await
    }

    async fn ping(&self) -> Result<Duration> {
        self.surround(self.inner.ping()).await
    }

    async fn flush(&self) -> Result<()> {
        self.surround(self.inner.flush()).await
    }

    async fn close(&self) -> Result<()> {
        self.surround(self.inner.close()).await
    }

    fn counters(&self) -> Option<&dyn Counters> {
        self.inner.counters().map(|_| self as &dyn Counters)
    }
}

#[async_trait]
impl<B: Backend> Counters for Yielding<B> {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        let Some(counters) = self.inner.counters() else {
            return Err(Error::unsupported(Operation::Add, self.info().name));
        };
        self.surround(counters.add(key, by, window)).await
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn yields_are_pending_as_often_as_asked() {
        let mut yields = std::pin::pin!(Yields(3));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            assert!(yields.as_mut().poll(&mut context).is_pending());
        }
        assert!(yields.as_mut().poll(&mut context).is_ready());
    }
}
