//! The store that keeps nothing: `none:`, the kill switch. Every read is a miss, every write ends well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{
    Backend, BackendInfo, Capabilities, Capability, Condition, Counters, Entry, Error, Found, Key,
    Meta, Operation, Page, Pages, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_core::Stream;

/// Keeps nothing.
#[derive(Debug)]
pub(crate) struct NoneBackend {
    info: BackendInfo,
    is_closed: AtomicBool,
}

impl NoneBackend {
    pub(crate) const fn new() -> Self {
        Self {
            info: BackendInfo {
                name: "none",
                capabilities: Capabilities::of(&[
                    Capability::Batch,
                    Capability::Scan,
                    Capability::Counters,
                    Capability::Bounded,
                ]),
                payload: PayloadForm::Object,
            },
            is_closed: AtomicBool::new(false),
        }
    }

    fn open(&self, operation: Operation) -> Result<()> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(Error::closed(operation, self.info.name));
        }
        Ok(())
    }

    fn stored(&self, operation: Operation, entry: &Entry, when: Condition) -> Result<Put> {
        self.open(operation)?;
        Ok(match when {
            Condition::If(_) => Put::Refused(None),
            Condition::Always | Condition::Absent => Put::Stored(entry.meta.stamp),
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl Backend for NoneBackend {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn get_now(&self, _: Key<'_>) -> Option<Found> {
        self.open(Operation::Get).ok().map(|()| Found::Absent)
    }

    async fn get(&self, _: Key<'_>) -> Result<Found> {
        self.open(Operation::Get).map(|()| Found::Absent)
    }

    async fn put(&self, _: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.stored(Operation::Put, &entry, when)
    }

    async fn remove(&self, _: Key<'_>, _: Option<Stamp>) -> Result<Removed> {
        self.open(Operation::Remove).map(|()| Removed::Missing)
    }

    async fn head(&self, _: Key<'_>) -> Result<Option<Meta>> {
        self.open(Operation::Head).map(|()| None)
    }

    async fn retime(&self, _: Key<'_>, _: Meta, _: Stamp) -> Result<Put> {
        self.open(Operation::Retime).map(|()| Put::Refused(None))
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let answer = |_| self.open(Operation::GetMany).map(|()| Found::Absent);
        keys.iter().map(answer).collect()
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let answer = |item: PutItem<'_>| self.stored(Operation::PutMany, &item.entry, item.when);
        items.into_iter().map(answer).collect()
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let answer = |_| self.open(Operation::RemoveMany).map(|()| Removed::Missing);
        keys.iter().map(answer).collect()
    }

    async fn clear(&self, _: Scope<'_>) -> Result<()> {
        self.open(Operation::Clear)
    }

    fn scan<'a>(&'a self, _: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Pages::of(self.open(Operation::Scan).map(|()| Page::new()))
    }

    async fn count(&self, _: Scope<'_>) -> Result<u64> {
        self.open(Operation::Count).map(|()| 0)
    }

    async fn stats(&self) -> Result<Stats> {
        self.open(Operation::Stats).map(|()| Stats::default())
    }

    async fn ping(&self) -> Result<Duration> {
        self.open(Operation::Ping).map(|()| Duration::ZERO)
    }

    async fn flush(&self) -> Result<()> {
        self.open(Operation::Flush)
    }

    async fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        Some(self)
    }
}

/// Who counts goes on; as nothing is kept, every count starts anew.
#[async_trait]
impl Counters for NoneBackend {
    async fn add(&self, _: Key<'_>, by: i64, _: Duration) -> Result<i64> {
        self.open(Operation::Add).map(|()| by)
    }
}
