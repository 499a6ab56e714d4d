//! The backend: the store as the contract wants it. Decisions are in `store.rs`, errors in `error.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{
    Backend, BackendInfo, Capabilities, Capability, Condition, Counters, Entry, Found, Judge, Key,
    Meta, Operation, Page, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
};
use futures_core::Stream;

use crate::builder::MokaBuilder;
use crate::config::MokaConfig;
use crate::held::{ENTRY_OVERHEAD, Limits};
use crate::scan::Scan;
use crate::store::Store;
use crate::sweep::Sweep;
use crate::sweeper::Sweeper;
use crate::{clear, error, scan};

const INFO: BackendInfo = BackendInfo {
    name: error::NAME,
    capabilities: Capabilities::of(&[
        Capability::Batch,
        Capability::Scan,
        Capability::Counters,
        Capability::Bounded,
    ]),
    payload: PayloadForm::Object,
};

/// In-process memory: objects as they are, in a bounded table.
///
/// # Behavior
/// * Reads take no lock of ours and allocate nothing; [`Backend::get_now`] answers every one, until the backend is closed.
/// * Writes of one key exclude each other. They do their work when they are first polled and never wait for anything but
///   another write, so a write is either not begun or done: dropping its future changes nothing.
/// * When the table is full, an entry that is live may go at any time, the one just put included
///   ([`Policy::TinyLfu`](crate::Policy::TinyLfu)).
/// * Values are dropped whenever a read or a write gets round to it: a value's `Drop` must not call the backend.
///
/// Nothing is started until a write needs sweeping; then one thread is, which ends with [`Backend::close`] or drop.
pub struct MokaBackend {
    store: Arc<Store>,
    sweeper: Sweeper,
}

impl MokaBackend {
    /// What is accounted for each entry beside its value and the bytes of its id, in bytes.
    pub const ENTRY_OVERHEAD: u32 = ENTRY_OVERHEAD;

    /// Builds a backend of a configuration, and of a judge that says by what clock entries age.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn new(config: &MokaConfig, judge: Judge) -> Result<Self> {
        let limits = Limits {
            capacity: config.check()?,
            max_payload: config.max_payload,
        };
        let store = Store::new(limits, config.policy, config.max_counters, judge);
        Ok(Self {
            store: Arc::new(store),
            sweeper: Sweeper::new(config.sweep_interval),
        })
    }

    /// Starts a builder with the default settings.
    #[must_use]
    pub fn builder() -> MokaBuilder {
        MokaBuilder::default()
    }

    /// Does now what is otherwise done from time to time: frees what is dead or cleared, and lets moka evict what is too
    /// much. Afterwards [`Backend::stats`] is exact, if nobody writes meanwhile.
    ///
    /// Visits every entry, so it takes a while on a large table (about 40 ms per 100,000 entries).
    pub fn maintain(&self) {
        let mut sweep = Sweep::new(&self.store);
        while sweep.slice() {}
        drop(sweep);
        self.store.settle();
    }

    fn put_one(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.sweep_for(&entry.meta);
        self.store.put(key, entry, when)
    }

    fn sweep_for(&self, meta: &Meta) {
        if meta.dead_at != cache_core::Timestamp::NEVER {
            self.sweeper.start(&self.store);
        }
    }

    fn get_one(&self, key: Key<'_>, operation: Operation) -> Result<Found> {
        self.store.open(operation)?;
        Ok(self.store.find(key))
    }
}

impl Backend for MokaBackend {
    fn info(&self) -> &BackendInfo {
        &INFO
    }

    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        if self.store.is_closed() {
            return None;
        }
        Some(self.store.find(key))
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        self.get_one(key, Operation::Get)
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.put_one(key, entry, when)
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.store.remove(key, only)
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.store.open(Operation::Head)?;
        Ok(self.store.head(key))
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        self.sweep_for(&to);
        self.store.retime(key, &to, over)
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        keys.iter()
            .map(|key| self.get_one(*key, Operation::GetMany))
            .collect()
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        items
            .into_iter()
            .map(|item| self.put_one(item.key, item.entry, item.when))
            .collect()
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        keys.iter()
            .map(|key| self.store.remove(*key, None))
            .collect()
    }

    /// # Cancellation
    /// Entries of whole spaces are out of sight at the first poll; a dropped call leaves their memory to the next sweep. Of
    /// a scope with an epoch, a part may be gone.
    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.store.open(Operation::Clear)?;
        self.sweeper.start(&self.store);
        clear::clear(&self.store, scope).await;
        Ok(())
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Scan::new(&self.store, scope)
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.store.open(Operation::Count)?;
        scan::count(&self.store, scope).await
    }

    /// What is held is exact at any moment. What is too much goes a little later: at most 448 writes after it was put, or
    /// with this call.
    async fn stats(&self) -> Result<Stats> {
        self.store.open(Operation::Stats)?;
        Ok(self.store.stats())
    }

    /// There is no way to go, so the round trip takes no time.
    async fn ping(&self) -> Result<Duration> {
        self.store.open(Operation::Ping)?;
        Ok(Duration::ZERO)
    }

    async fn flush(&self) -> Result<()> {
        self.store.open(Operation::Flush)
    }

    async fn close(&self) -> Result<()> {
        self.store.close();
        self.sweeper.stop().await;
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        Some(self)
    }
}

#[async_trait]
impl Counters for MokaBackend {
    /// Memory of counters whose windows have ended is freed by the sweep.
    ///
    /// # Errors
    /// `Overloaded` if there are [`MokaConfig::max_counters`] whose windows have not ended.
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        self.store.open(Operation::Add)?;
        self.sweeper.start(&self.store);
        self.store.counters.add(key, by, window, self.store.now())
    }
}

impl fmt::Debug for MokaBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MokaBackend")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
