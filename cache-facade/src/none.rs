//! The store that keeps nothing: `none:`, the kill switch. Every read is a miss, every write ends well.

use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, Capabilities, Capability, Condition, Counters, Entry, Found, Key, Meta,
    Page, Pages, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_core::Stream;

/// Keeps nothing.
#[derive(Debug)]
pub(crate) struct NoneBackend {
    info: BackendInfo,
}

impl NoneBackend {
    pub(crate) const fn new() -> Self {
        Self {
            info: BackendInfo {
                name: "none",
                capabilities: Capabilities::of(&[
                    Capability::Batch,
                    Capability::Scan,
                    Capability::Bounded,
                ]),
                payload: PayloadForm::Object,
            },
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Backend for NoneBackend {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn get_now(&self, _: Key<'_>) -> Option<Found> {
        Some(Found::Absent)
    }

    async fn get(&self, _: Key<'_>) -> Result<Found> {
        Ok(Found::Absent)
    }

    async fn put(&self, _: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        Ok(match when {
            Condition::If(_) => Put::Refused(None),
            Condition::Always | Condition::Absent => Put::Stored(entry.meta.stamp),
        })
    }

    async fn remove(&self, _: Key<'_>, _: Option<Stamp>) -> Result<Removed> {
        Ok(Removed::Missing)
    }

    async fn head(&self, _: Key<'_>) -> Result<Option<Meta>> {
        Ok(None)
    }

    async fn retime(&self, _: Key<'_>, _: Meta, _: Stamp) -> Result<Put> {
        Ok(Put::Refused(None))
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        keys.iter().map(|_| Ok(Found::Absent)).collect()
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        items
            .into_iter()
            .map(|item| Ok(Put::Stored(item.entry.meta.stamp)))
            .collect()
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        keys.iter().map(|_| Ok(Removed::Missing)).collect()
    }

    async fn clear(&self, _: Scope<'_>) -> Result<()> {
        Ok(())
    }

    fn scan<'a>(&'a self, _: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Pages::of(Ok(Page::new()))
    }

    async fn count(&self, _: Scope<'_>) -> Result<u64> {
        Ok(0)
    }

    async fn stats(&self) -> Result<Stats> {
        Ok(Stats::default())
    }

    async fn ping(&self) -> Result<Duration> {
        Ok(Duration::ZERO)
    }

    async fn flush(&self) -> Result<()> {
        Ok(())
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        None
    }
}
