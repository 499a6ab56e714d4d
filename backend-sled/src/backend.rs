//! The backend: each operation of the trait as one piece of work, on the thread where it belongs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, Capabilities, Capability, Condition, Counters, Entry, Error, Found,
    Judge, Key, Meta, Operation, Page, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp,
    Stats,
};
use futures_core::Stream;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::blocking::Blocking;
use crate::builder::SledBuilder;
use crate::config::SledConfig;
use crate::engine::Engine;
use crate::error::{NAME, Outcome};
use crate::gather::{MOST_INLINE, Wanted};
use crate::names::holds_store;
use crate::open::OnDamage;
use crate::store::Store;
use crate::sweep::Sweep;
use crate::sweeper::Sweeper;
use crate::write::Target;

const INFO: BackendInfo = BackendInfo {
    name: NAME,
    capabilities: Capabilities::of(&[
        Capability::Batch,
        Capability::Scan,
        Capability::Counters,
        Capability::Persistent,
        Capability::Bounded,
    ]),
    payload: PayloadForm::Encoded,
};

/// A disposable cache on disk: what was flushed survives the process, and what is damaged is moved aside.
///
/// # Behavior
/// * Writes, and whatever may wait for the disk, run on threads for blocking work, at most
///   [`SledConfig::max_blocking`] at once; they need a tokio runtime. Reads run where [`SledConfig::reads`] says.
/// * A directory has one backend at a time, in one process.
/// * After an error of the disk, or damage, the store is emptied and opened again, at most once a second: the errors of
///   that time say why, and a value that was removed never comes back.
///
/// A thread removes what is dead, from the opening to [`Backend::close`] or drop. A drop flushes, and does so on a thread of
/// its own if it happens inside a runtime; only `close` waits for it.
pub struct SledBackend {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) blocking: Blocking,
    sweeper: Sweeper,
}

impl SledBackend {
    /// Opens a directory by a configuration; a judge says by what clock entries age.
    ///
    /// It blocks: everything that is held is looked at once. Inside a running service, call it in `spawn_blocking`.
    ///
    /// # Errors
    /// `InvalidConfig` for a field out of its range, or a path that is no directory or cannot be written; `Unavailable` if
    /// the directory is held by another process or backend; `Overloaded` if the disk is full. Damaged files are no error:
    /// see [`SledBackend::quarantined`].
    pub fn open(config: &SledConfig, judge: Judge) -> Result<Self> {
        config.check()?;
        Self::open_checked(config, judge)
    }

    /// Opens the store of an application for a tool that looks into it: one that is not there, has another format, is damaged
    /// or fails is neither moved nor removed. A whole one keeps to `max_bytes` and sweeps, as with [`SledBackend::open`].
    ///
    /// # Errors
    /// As [`SledBackend::open`]; `InvalidConfig` where [`holds_store`](crate::holds_store) finds none; `Unexpected` for
    /// damaged files.
    ///
    /// # Example
    /// ```
    /// use backend_sled::{SledBackend, SledConfig};
    /// use cache_core::Judge;
    /// let directory = tempfile::tempdir()?;
    /// let mut config = SledConfig::default();
    /// config.path = directory.path().to_owned();
    /// assert!(SledBackend::open_standing(&config, Judge::default()).is_err());
    /// assert_eq!(std::fs::read_dir(directory.path())?.count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_standing(config: &SledConfig, judge: Judge) -> Result<Self> {
        config.check()?;
        holds_store(&config.path)?;
        Self::open_by(config, judge, OnDamage::Leave)
    }

    pub(crate) fn open_checked(config: &SledConfig, judge: Judge) -> Result<Self> {
        Self::open_by(config, judge, OnDamage::StartCold)
    }

    fn open_by(config: &SledConfig, judge: Judge, on_damage: OnDamage) -> Result<Self> {
        let store = Store::open(config, judge, on_damage)?;
        let sweeper = Sweeper::start(&store, config.sweep_interval);
        Ok(Self {
            shared: Arc::new(Shared {
                store,
                blocking: Blocking::new(config.max_blocking),
                sweeper,
            }),
        })
    }

    /// Starts a builder with the default settings.
    #[must_use]
    pub fn builder() -> SledBuilder {
        SledBuilder::default()
    }

    /// Returns where damaged files were moved by this backend last; `None` if there were none.
    #[must_use]
    pub fn quarantined(&self) -> Option<PathBuf> {
        self.shared.store.dir.moved()
    }

    /// Does now what is otherwise done from time to time: removes what is dead.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub async fn maintain(&self) -> Result<()> {
        let mut sweep = Sweep::new();
        loop {
            let work = move |store: &Store| {
                let more = sweep.slice(store)?;
                Ok((sweep, more))
            };
            let more;
            (sweep, more) = self.offload(Operation::Clear, work).await?;
            if !more {
                return Ok(());
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    /// Does work on a thread that may block.
    async fn offload<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.shared.store.is_open(operation)?;
        let store = Arc::clone(&self.shared.store);
        let work = move || work(&store);
        self.shared.blocking.run(operation, work).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl Fn(&Store, &Engine) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let work = move |store: &Store| store.with(operation, |engine| work(store, engine));
        self.offload(operation, work).await
    }

    /// Reads where the settings say. A store that failed is opened again where it may block.
    async fn read<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl Fn(&Store, &Engine) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let store = &self.shared.store;
        if store.reads_inline()
            && let Some(answer) = store.glance_now(operation, |engine| work(store, engine))
        {
            return answer;
        }
        self.write(operation, work).await
    }

    /// Does a batch as one piece of work; each item has its own answer.
    async fn batch<I: Send + 'static, T: Send + 'static>(
        &self,
        operation: Operation,
        items: Vec<I>,
        work: impl Fn(&Store, &Engine, &I) -> Outcome<T> + Send + 'static,
    ) -> Vec<Result<T>> {
        let count = items.len();
        if count == 0 {
            return Vec::new();
        }
        let all = move |store: &Store| {
            let each = items
                .iter()
                .map(|item| store.with(operation, |engine| work(store, engine, item)));
            Ok(each.collect())
        };
        self.offload(operation, all)
            .await
            .unwrap_or_else(|error| to_each(count, &error))
    }
}

/// A batch that was not begun fails in each of its items.
fn to_each<T>(count: usize, error: &Error) -> Vec<Result<T>> {
    (0..count).map(|_| Err(error.clone())).collect()
}

impl Backend for SledBackend {
    fn info(&self) -> &BackendInfo {
        &INFO
    }

    /// Answers where reads run on the caller's thread anyway.
    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        let store = &self.shared.store;
        if !store.reads_inline() {
            return None;
        }
        let at = Target::of(&key);
        store
            .glance_now(Operation::Get, |engine| store.find_in(engine, &at))?
            .ok()
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let at = Target::of(&key);
        self.read(Operation::Get, move |store, engine| {
            store.find_in(engine, &at)
        })
        .await
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        let operation = Operation::Put;
        self.shared
            .store
            .check_size(&entry)
            .map_err(|error| error.operation(operation))?;
        let to = Target::of(&key);
        self.write(operation, move |store, engine| {
            store.put_in(engine, &to, &entry, when)
        })
        .await
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let at = Target::of(&key);
        self.write(Operation::Remove, move |store, engine| {
            store.remove_in(engine, &at, only)
        })
        .await
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        let at = Target::of(&key);
        self.read(Operation::Head, move |store, engine| {
            store.head_in(engine, &at)
        })
        .await
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let at = Target::of(&key);
        self.write(Operation::Retime, move |store, engine| {
            store.retime_in(engine, &at, &to, over)
        })
        .await
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let operation = Operation::GetMany;
        let count = keys.len();
        if count == 0 {
            return Vec::new();
        }
        let wanted = Wanted::of(keys);
        let store = &self.shared.store;
        if count <= MOST_INLINE
            && store.reads_inline()
            && let Some(answers) = store.glance_all(operation, &wanted)
        {
            return answers;
        }
        self.offload(operation, move |store| {
            Ok(store.find_all(operation, &wanted))
        })
        .await
        .unwrap_or_else(|error| to_each(count, &error))
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let items = items
            .into_iter()
            .map(|item| (Target::of(&item.key), item.entry, item.when))
            .collect();
        self.batch(Operation::PutMany, items, |store, engine, item| {
            let (to, entry, when) = item;
            store.check_size(entry)?;
            store.put_in(engine, to, entry, *when)
        })
        .await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let targets = keys.iter().map(Target::of).collect();
        self.batch(Operation::RemoveMany, targets, |store, engine, at| {
            store.remove_in(engine, at, None)
        })
        .await
    }

    /// # Cancellation
    /// A part may be gone; what was asked for in one step of at most 256 entries still goes.
    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.shared.store.is_open(Operation::Clear)?;
        self.shared.clear(scope).await
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.shared.scan(scope, Operation::Scan)
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.shared.count(scope).await
    }

    async fn stats(&self) -> Result<Stats> {
        let store = &self.shared.store;
        store.is_open(Operation::Stats)?;
        Ok(store.ledger.stats(store.max_bytes))
    }

    /// Measures a read of nothing on a thread for blocking work.
    async fn ping(&self) -> Result<Duration> {
        let began = Instant::now();
        self.write(Operation::Ping, |_, engine| {
            engine.entries.get(b"")?;
            Ok(())
        })
        .await?;
        Ok(began.elapsed())
    }

    /// Everything acknowledged before the call survives the end of the process afterwards. What a loss of power leaves
    /// depends on the file system.
    async fn flush(&self) -> Result<()> {
        self.offload(Operation::Flush, Store::flush).await
    }

    /// Waits for the work that is under way, flushes, and lets others take the directory.
    async fn close(&self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let last = move || {
            shared.sweeper.end();
            shared.store.close()
        };
        self.shared.blocking.end(Operation::Close, last).await
    }

    fn counters(&self) -> Option<&dyn Counters> {
        Some(self)
    }
}

impl Drop for SledBackend {
    fn drop(&mut self) {
        self.shared.sweeper.ask();
        let store = Arc::clone(&self.shared.store);
        let close = move || {
            // Nobody is left to be told.
            let _ = store.close();
        };
        if Handle::try_current().is_err() {
            close();
        } else {
            // It waits for the disk, which a thread of the runtime must not. Without a thread to give, the last of those who
            // hold the store ends it.
            let builder = std::thread::Builder::new().name("backend-sled-end".to_owned());
            let _ = builder.spawn(close);
        }
    }
}

impl fmt::Debug for SledBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledBackend")
            .field("store", &self.shared.store)
            .finish_non_exhaustive()
    }
}
