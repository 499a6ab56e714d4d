//! A layer that injects faults, each programmed for one operation: errors, delays, panics, answers that hang or are lost.

mod gate;
mod plan;

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{
    Backend, BackendInfo, Condition, Counters, Entry, Error, ErrorKind, Found, Key, Layer, Meta,
    Operation, Page, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_util::stream::{self, Stream, StreamExt};

pub use self::gate::Gate;
pub use self::plan::{Fault, Faults};

/// Wraps backends in [`Faulty`], all programmed by the same [`Faults`].
#[derive(Clone, Debug, Default)]
pub struct FaultLayer {
    faults: Faults,
}

impl FaultLayer {
    /// Creates a layer that is programmed by `faults`.
    #[must_use]
    pub fn new(faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
        }
    }
}

impl<B: Backend> Layer<B> for FaultLayer {
    type Backend = Faulty<B>;

    fn layer(&self, inner: B) -> Faulty<B> {
        Faulty {
            inner,
            faults: self.faults.clone(),
        }
    }
}

/// A backend that does as programmed, and is the wrapped backend where nothing is.
///
/// `get_now` answers `None` while a fault is programmed for `get`, so that `get` is asked and meets it.
///
/// # Example
/// ```
/// use cache_core::{Backend, Epoch, ErrorKind, Key, Layer, Operation, Space};
/// use cache_testkit::{Fault, FaultLayer, Faults, ManualClock, MemoryBackend};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let faults = Faults::default();
/// let backend = FaultLayer::new(&faults).layer(MemoryBackend::new(ManualClock::default().judge()));
/// let space = Space::new("app", "pilot", 1)?;
/// let key = Key::new(&space, Epoch(0), b"7")?;
/// faults.next(Operation::Get, Fault::Error(ErrorKind::Unavailable));
/// assert_eq!(backend.get(key).await.map_err(|error| error.kind()).err(), Some(ErrorKind::Unavailable));
/// assert!(backend.get(key).await.is_ok());
/// # Ok::<(), cache_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Faulty<B> {
    inner: B,
    faults: Faults,
}

impl<B> Faulty<B> {
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

impl<B: Backend> Faulty<B> {
    async fn one<T>(
        &self,
        operation: Operation,
        run: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let fault = self.faults.take(operation);
        self.under(operation, fault.as_ref(), run).await
    }

    async fn under<T>(
        &self,
        operation: Operation,
        fault: Option<&Fault>,
        run: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.before(operation, fault).await?;
        let answer = run.await;
        self.after(operation, fault).await?;
        answer
    }

    async fn each<T>(
        &self,
        operation: Operation,
        items: usize,
        run: impl Future<Output = Vec<Result<T>>> + Send,
    ) -> Vec<Result<T>> {
        let fault = self.faults.take(operation);
        let failed = |error: Error| (0..items).map(|_| Err(error.clone())).collect();
        if let Err(error) = self.before(operation, fault.as_ref()).await {
            return failed(error);
        }
        let mut answers = run.await;
        if let Err(error) = self.after(operation, fault.as_ref()).await {
            return failed(error);
        }
        if let Some(Fault::LoseAnswerOf(index)) = fault
            && let Some(answer) = answers.get_mut(index)
        {
            *answer = Err(self.error(operation, ErrorKind::Timeout));
        }
        answers
    }

    /// What happens before the operation; an error means that it does not happen.
    #[expect(clippy::panic, reason = "that is what was asked for")]
    async fn before(&self, operation: Operation, fault: Option<&Fault>) -> Result<()> {
        match fault {
            Some(Fault::Error(kind)) => return Err(self.error(operation, *kind)),
            Some(Fault::Delay(by)) => tokio::time::sleep(*by).await,
            Some(Fault::Panic) => panic!("a fault was injected into {}", operation.as_str()),
            Some(Fault::Hang(gate)) => gate.pass().await,
            Some(Fault::HangAnswer(_) | Fault::LoseAnswer) => {}
            Some(Fault::LoseAnswerOf(_) | Fault::Unreadable(_)) | None => {}
        }
        Ok(())
    }

    /// What happens after it took effect.
    async fn after(&self, operation: Operation, fault: Option<&Fault>) -> Result<()> {
        match fault {
            Some(Fault::HangAnswer(gate)) => gate.pass().await,
            Some(Fault::LoseAnswer) => return Err(self.error(operation, ErrorKind::Timeout)),
            _ => {}
        }
        Ok(())
    }

    fn error(&self, operation: Operation, kind: ErrorKind) -> Error {
        Error::new(kind, "a fault was injected")
            .operation(operation)
            .backend(self.inner.info().name)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Faulty<B> {
    fn info(&self) -> &BackendInfo {
        self.inner.info()
    }

    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        if self.faults.has(Operation::Get) {
            return None;
        }
        self.inner.get_now(key)
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let fault = self.faults.take(Operation::Get);
        if let Some(Fault::Unreadable(reason)) = fault {
            return Ok(Found::Unreadable(reason));
        }
        let run = self.inner.get(key);
        self.under(Operation::Get, fault.as_ref(), run).await
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.one(Operation::Put, self.inner.put(key, entry, when))
            .await
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.one(Operation::Remove, self.inner.remove(key, only))
            .await
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.one(Operation::Head, self.inner.head(key)).await
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        self.one(Operation::Retime, self.inner.retime(key, to, over))
            .await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.each(Operation::GetMany, keys.len(), self.inner.get_many(keys))
            .await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.each(Operation::PutMany, items.len(), self.inner.put_many(items))
            .await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let run = self.inner.remove_many(keys);
        self.each(Operation::RemoveMany, keys.len(), run).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.one(Operation::Clear, self.inner.clear(scope)).await
    }

    /// Each page is an operation of its own; a page that fails is the last.
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        let pages = Some(Box::pin(self.inner.scan(scope)));
        stream::unfold(pages, async |pages| {
            let mut pages = pages?;
            let next = async { pages.next().await.transpose() };
            match self.one(Operation::Scan, next).await {
                Ok(page) => Some((Ok(page?), Some(pages))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.one(Operation::Count, self.inner.count(scope)).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.one(Operation::Stats, self.inner.stats()).await
    }

    async fn ping(&self) -> Result<Duration> {
        self.one(Operation::Ping, self.inner.ping()).await
    }

    async fn flush(&self) -> Result<()> {
        self.one(Operation::Flush, self.inner.flush()).await
    }

    async fn close(&self) -> Result<()> {
        self.one(Operation::Close, self.inner.close()).await
    }

    fn counters(&self) -> Option<&dyn Counters> {
        self.inner.counters().map(|_| self as &dyn Counters)
    }
}

#[async_trait]
impl<B: Backend> Counters for Faulty<B> {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        let Some(counters) = self.inner.counters() else {
            return Err(Error::unsupported(Operation::Add, self.info().name));
        };
        self.one(Operation::Add, counters.add(key, by, window))
            .await
    }
}
