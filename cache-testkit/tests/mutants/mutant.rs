//! The memory backend with one fault: each operation asks whether the fault is about it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, Condition, Counters, Entry, Error, ErrorKind, Found, Key, Meta,
    Operation, OwnedKey, Page, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use cache_testkit::{ManualClock, MemoryBackend};
use futures_util::Stream;
use tokio::time::Instant;

use crate::fault::Fault;

/// Clones are the same mutant.
#[derive(Clone, Debug)]
pub(crate) struct Mutant(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) memory: MemoryBackend,
    pub(crate) info: BackendInfo,
    pub(crate) fault: Fault,
    pub(crate) clock: ManualClock,
    pub(crate) max_payload: usize,
    pub(crate) calls: AtomicU64,
    pub(crate) closed: AtomicBool,
    pub(crate) scanning: Mutex<bool>,
    /// What was stored, by key, and when by the machine's time.
    pub(crate) shadow: Mutex<HashMap<OwnedKey, (Entry, Instant)>>,
    pub(crate) counting: Mutex<HashMap<String, (i64, u64)>>,
}

impl std::ops::Deref for Mutant {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Mutant {
    pub(crate) fn new(
        fault: Fault,
        memory: MemoryBackend,
        clock: &ManualClock,
        max_payload: usize,
    ) -> Self {
        let mut info = memory.info().clone();
        if let Fault::Undeclared(capability) = fault {
            info.capabilities = info.capabilities.without(capability);
        }
        Self(Arc::new(Inner {
            memory,
            info,
            fault,
            clock: clock.clone(),
            max_payload,
            calls: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            scanning: Mutex::default(),
            shadow: Mutex::default(),
            counting: Mutex::default(),
        }))
    }
}

impl Inner {
    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    pub(crate) fn shadow(&self) -> MutexGuard<'_, HashMap<OwnedKey, (Entry, Instant)>> {
        self.shadow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was stored last under a key and not removed since, dead or not.
    pub(crate) fn stored(&self, key: Key<'_>) -> Option<Entry> {
        self.shadow()
            .get(&key.to_owned())
            .map(|(entry, _)| entry.clone())
    }

    pub(crate) fn call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn error(kind: ErrorKind, operation: Operation) -> Error {
        Error::new(kind, "a mutant").operation(operation)
    }
}

impl Backend for Mutant {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        match self.fault {
            Fault::GetNowIsAlwaysAbsent => Some(Found::Absent),
            Fault::GetNowOutlivesClose if self.closed.load(Ordering::SeqCst) => Some(Found::Absent),
            _ => None,
        }
        .or_else(|| self.reads_now().then(|| self.memory.get_now(key)).flatten())
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        self.read(key).await
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.store(key, entry, when).await
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.take(key, only).await
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.glance(key).await
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        self.renew(key, to, over).await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.read_many(keys).await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.store_many(items).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        self.take_many(keys).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.empty(scope).await
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.list(scope)
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        let held = |entries: usize| u64::try_from(entries).unwrap_or(u64::MAX);
        match self.fault {
            Fault::CountTellsWhatIsHeld => Ok(held(self.shadow().len())),
            Fault::DeadIsListed | Fault::LeasesAreListed => Ok(held(self.listed_too(scope).len())),
            _ => self.memory.count(scope).await,
        }
    }

    async fn stats(&self) -> Result<Stats> {
        let mut stats = self.memory.stats().await?;
        match self.fault {
            Fault::StatsStandStill => stats.entries = Some(0),
            Fault::StatsComeAndGo if self.call().is_multiple_of(2) => stats.bytes = None,
            Fault::TheLimitIsUntold => (stats.max_entries, stats.max_bytes) = (None, None),
            Fault::TheLimitIsIgnored => stats.max_entries = Some(200),
            _ => {}
        }
        Ok(stats)
    }

    async fn ping(&self) -> Result<Duration> {
        self.memory.ping().await
    }

    async fn flush(&self) -> Result<()> {
        match self.fault {
            Fault::FlushFails => Err(Inner::error(ErrorKind::Unsupported, Operation::Flush)),
            Fault::FlushDoesNothing => Ok(()),
            _ => self.memory.flush().await,
        }
    }

    async fn close(&self) -> Result<()> {
        let again = self.closed.swap(true, Ordering::SeqCst);
        match self.fault {
            Fault::CloseDoesNothing => Ok(()),
            Fault::CloseFailsTheSecondTime if again => {
                Err(Inner::error(ErrorKind::Closed, Operation::Close))
            }
            _ => self.memory.close().await,
        }
    }

    fn counters(&self) -> Option<&dyn Counters> {
        let present = !self.is(Fault::CountersAreMissing);
        present.then_some(self as &dyn Counters)
    }
}
