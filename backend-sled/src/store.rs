//! The store: the engine that is open at the moment, and what outlives it. Everything here blocks, or may.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Error, Found, Judge, Meta, Operation, Reason, Result, envelope};
use tokio::time::Instant;

use crate::config::{Reads, SledConfig};
use crate::dir::Dir;
use crate::engine::{Engine, Failure, Flusher};
use crate::error::{self, Outcome, Remains};
use crate::ledger::Ledger;
use crate::open::{self, Census, OnDamage};
use crate::record::bytes_of;
use crate::room::Room;
use crate::stripes::Stripes;
use crate::write::Target;

/// Between two attempts to open again what failed.
const RETRY: Duration = Duration::from_secs(1);

/// How many engines may be given up that do not end: each keeps its page cache.
const MOST_ENDLESS: u32 = 3;

/// How many times the live bytes have to have room in the page cache before reads run inline: of each entry there are pages
/// of the index too, and sled keeps old versions of a page for a while.
const PAGES_PER_BYTE: u64 = 2;

/// The store. The backend owns it, and the sweeper's thread holds it weakly.
pub(crate) struct Store {
    slot: RwLock<Slot>,
    /// Held while an engine is opened, so that one does. When the next attempt may be made.
    opening: Mutex<Option<Instant>>,
    config: SledConfig,
    pub(crate) dir: Dir,
    pub(crate) room: Room,
    endless: AtomicU32,
    on_damage: OnDamage,
    pub(crate) judge: Judge,
    pub(crate) ledger: Ledger,
    pub(crate) stripes: Stripes,
    pub(crate) evicting: Mutex<()>,
    pub(crate) max_payload: usize,
    pub(crate) max_bytes: u64,
    /// A read met an entry beyond the clock's tolerance: the next sweep looks for such.
    pub(crate) ahead_seen: AtomicBool,
    pub(crate) max_counters: u64,
    pub(crate) counters: AtomicU64,
    /// No window of a counter ends before this moment, in milliseconds; while a sweep walks, of those it has not met.
    pub(crate) first_end: AtomicU64,
    pub(crate) sweeping_counters: Mutex<()>,
}

enum Slot {
    Open(Engine),
    /// The engine was given up, and no other is open.
    Failed(Failure),
    Closed,
}

impl Store {
    /// Takes the directory and opens what is there.
    pub(crate) fn open(
        config: &SledConfig,
        judge: Judge,
        on_damage: OnDamage,
    ) -> Result<Arc<Self>> {
        let dir = Dir::take(&config.path)?;
        let endless = AtomicU32::new(0);
        let (engine, census) = open::open(&dir, config, &judge, &endless, on_damage)?;
        let store = Self {
            slot: RwLock::new(Slot::Open(engine)),
            opening: Mutex::new(None),
            dir,
            room: Room::default(),
            endless,
            on_damage,
            judge,
            ledger: Ledger::default(),
            stripes: Stripes::new(),
            evicting: Mutex::new(()),
            max_payload: usize::try_from(config.max_payload).unwrap_or(usize::MAX),
            max_bytes: config.max_bytes,
            ahead_seen: AtomicBool::new(false),
            max_counters: config.max_counters,
            counters: AtomicU64::new(0),
            first_end: AtomicU64::new(u64::MAX),
            sweeping_counters: Mutex::new(()),
            config: config.clone(),
        };
        store.begin(&census);
        // The limit may be lower than it was.
        store.with(Operation::Build, |engine| store.make_room(engine))?;
        Ok(Arc::new(store))
    }

    fn begin(&self, census: &Census) {
        self.room.forget_shortage();
        self.ledger.begin(census.entries, census.bytes);
        self.counters.store(census.counters, SeqCst);
        self.first_end.store(census.first_end, SeqCst);
        self.ahead_seen.store(census.has_ahead, SeqCst);
    }

    /// Does work inside the engine; opens the store again first if it failed. For threads that may block.
    pub(crate) fn with<T>(
        &self,
        operation: Operation,
        mut work: impl FnMut(&Engine) -> Outcome<T>,
    ) -> Result<T> {
        if let Some(answer) = self.glance(operation, &mut work) {
            return answer;
        }
        self.reopen(operation)?;
        self.glance(operation, &mut work)
            .unwrap_or_else(|| Err(self.failed(operation)))
    }

    /// Does work inside the engine, unless it failed: opening it again would block for long.
    pub(crate) fn glance<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&Engine) -> Outcome<T>,
    ) -> Option<Result<T>> {
        glance(&self.slot(), operation, work)
    }

    /// The same for threads of the runtime, which do not wait: `None` as well while the slot is about to be replaced. That
    /// waits for whoever is inside the engine, and one call of sled may have no end.
    pub(crate) fn glance_now<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&Engine) -> Outcome<T>,
    ) -> Option<Result<T>> {
        glance(&*self.slot_now()?, operation, work)
    }

    /// Opens the store again after its engine failed, and empties it: of what was acknowledged, the last may be missing on
    /// the disk, and a value that was removed must not come back.
    fn reopen(&self, operation: Operation) -> Result<()> {
        let mut next = lock(&self.opening);
        let Some(failure) = self.give_up()? else {
            return Ok(());
        };
        // Opened again, it would be empty.
        if self.on_damage == OnDamage::Leave {
            return Err(failure.error.operation(operation));
        }
        if next.is_some_and(|next| Instant::now() < next) {
            return Err(failure.error.operation(operation));
        }
        if self.endless.load(SeqCst) >= MOST_ENDLESS {
            return Err(error::too_many_given_up(operation));
        }
        let started = self.start_cold(failure.remains);
        // From the end of the attempt on: it may take longer than the pause, and others of a batch wait behind it.
        *next = Some(Instant::now() + RETRY);
        match started {
            Ok((engine, census)) => {
                self.begin(&census);
                *self.slot_mut() = Slot::Open(engine);
                Ok(())
            }
            Err(error) => {
                *self.slot_mut() = Slot::Failed(Failure {
                    error: error.clone(),
                    remains: Remains::Incomplete,
                });
                Err(error)
            }
        }
    }

    /// Takes a failed engine out of its slot; `None` if there is one that works.
    fn give_up(&self) -> Result<Option<Failure>> {
        let mut slot = self.slot_mut();
        let failure = match &*slot {
            Slot::Closed => return Err(error::closed(Operation::Build)),
            Slot::Failed(failure) => return Ok(Some(failure.clone())),
            Slot::Open(engine) => match engine.failure() {
                None => return Ok(None),
                Some(failure) => failure.clone(),
            },
        };
        let given_up = std::mem::replace(&mut *slot, Slot::Failed(failure.clone()));
        drop(slot);
        if !end(given_up) {
            self.endless.fetch_add(1, SeqCst);
        }
        Ok(Some(failure))
    }

    /// Writes to disk what was acknowledged.
    pub(crate) fn flush(&self) -> Result<()> {
        let operation = Operation::Flush;
        let (number, flusher) =
            self.with(operation, |engine| Ok((engine.number, engine.flusher())))?;
        let flushed = self.flushed(operation, flusher);
        let told = self.glance(operation, |engine| {
            // Another engine has nothing to do with it.
            flushed.map_err(|fault| match fault.remains() {
                Some(_) if engine.number != number => fault.told(operation, self.on_damage).into(),
                None if engine.number == number => {
                    engine.fail(fault.told(operation, self.on_damage), Remains::Incomplete);
                    fault
                }
                _ => fault,
            })
        });
        told.unwrap_or_else(|| Err(self.failed(operation)))
    }

    fn flushed(&self, operation: Operation, flusher: Flusher) -> Outcome {
        let outcome = flusher.flush(|| self.room.was_short() || self.check_room(0).is_err());
        if matches!(outcome, Some(Ok(()))) {
            self.room.forget_shortage();
        }
        outcome.unwrap_or_else(|| Err(error::endless(operation).into()))
    }

    fn start_cold(&self, remains: Remains) -> Result<(Engine, Census)> {
        match remains {
            Remains::Damaged if self.dir.live().exists() => {
                open::quarantine(&self.dir, &self.judge)?;
            }
            Remains::Damaged | Remains::Incomplete => {
                tracing::error!("the cache on disk failed, and starts cold");
                self.dir.wipe()?;
            }
        }
        open::open(
            &self.dir,
            &self.config,
            &self.judge,
            &self.endless,
            self.on_damage,
        )
    }

    fn failed(&self, operation: Operation) -> Error {
        match &*self.slot() {
            Slot::Failed(failure) => failure.error.clone().operation(operation),
            Slot::Open(engine) => match engine.failure() {
                Some(failure) => failure.error.clone().operation(operation),
                None => error::cancelled(operation),
            },
            Slot::Closed => error::closed(operation),
        }
    }

    /// Refuses what comes after the end, without waiting. Where that cannot be told now, the work itself is told.
    pub(crate) fn is_open(&self, operation: Operation) -> Result<()> {
        match self.slot_now().as_deref() {
            Some(Slot::Closed) => Err(error::closed(operation)),
            Some(Slot::Open(_) | Slot::Failed(_)) | None => Ok(()),
        }
    }

    /// Flushes, ends the engine and lets others take the directory. Waits for the work that is under way. Blocks.
    pub(crate) fn close(&self) -> Result<()> {
        let _no_other_opens = lock(&self.opening);
        let last = std::mem::replace(&mut *self.slot_mut(), Slot::Closed);
        let Slot::Open(engine) = last else {
            self.dir.let_go();
            return Ok(());
        };
        let operation = Operation::Close;
        let mut flushed = Ok(());
        if engine.failure().is_none()
            && let Err(fault) = self.flushed(operation, engine.flusher())
        {
            let error = fault.told(operation, self.on_damage);
            engine.fail(error.clone(), Remains::Incomplete);
            flushed = Err(error);
        }
        let has_ended = engine.end() && self.dir.await_engine().is_ok();
        self.dir.let_go();
        if has_ended {
            flushed
        } else {
            Err(error::endless(operation))
        }
    }

    /// Whether a read is answered on the caller's thread.
    pub(crate) fn reads_inline(&self) -> bool {
        match self.config.reads {
            Reads::Inline => true,
            Reads::Offload => false,
            Reads::Auto => {
                self.ledger.bytes().saturating_mul(PAGES_PER_BYTE) <= self.config.page_cache_bytes
            }
        }
    }

    pub(crate) fn find_in(&self, engine: &Engine, at: &Target) -> Outcome<Found> {
        let Some(value) = engine.entries.get(&at.place)? else {
            return Ok(Found::Absent);
        };
        Ok(self.judged(bytes_of(value), at.schema))
    }

    /// Says what an envelope is to a reader of this schema.
    pub(crate) fn judged(&self, envelope: Bytes, schema: u64) -> Found {
        let found = envelope::read_owned(&self.judge, envelope, schema);
        if matches!(found, Found::Unreadable(Reason::Clock)) {
            self.note_ahead();
        }
        found
    }

    pub(crate) fn head_in(&self, engine: &Engine, at: &Target) -> Outcome<Option<Meta>> {
        let value = engine.entries.get(&at.place)?;
        Ok(value.and_then(|value| self.live_meta(at.schema, &value)))
    }

    /// Reads the header of a value that lives; `None` for what no release of this schema can read.
    pub(crate) fn live_meta(&self, schema: u64, value: &[u8]) -> Option<Meta> {
        let head = value.first_chunk::<{ envelope::HEADER_BYTES }>()?;
        let header = envelope::Header::from_bytes(head).ok()?;
        (header.schema == schema && self.judge.is_live(&header.meta)).then_some(header.meta)
    }

    fn note_ahead(&self) {
        self.ahead_seen.store(true, SeqCst);
    }

    /// What the slot guards is replaced as a whole.
    fn slot(&self) -> RwLockReadGuard<'_, Slot> {
        self.slot.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` where that would have to wait.
    fn slot_now(&self) -> Option<RwLockReadGuard<'_, Slot>> {
        match self.slot.try_read() {
            Ok(slot) => Some(slot),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn slot_mut(&self) -> RwLockWriteGuard<'_, Slot> {
        self.slot.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while the slot is about to be replaced.
    #[cfg(test)]
    pub(crate) fn while_replaced<T>(&self, work: impl FnOnce() -> T) -> T {
        let _slot = self.slot_mut();
        work()
    }
}

/// Does work inside the engine of a slot, unless it failed.
fn glance<T>(
    slot: &Slot,
    operation: Operation,
    work: impl FnOnce(&Engine) -> Outcome<T>,
) -> Option<Result<T>> {
    match slot {
        Slot::Open(engine) if engine.failure().is_none() => Some(engine.run(operation, work)),
        Slot::Open(_) | Slot::Failed(_) => None,
        Slot::Closed => Some(Err(error::closed(operation))),
    }
}

/// Ends the engine that a slot held, and says whether it did end.
fn end(slot: Slot) -> bool {
    match slot {
        Slot::Open(engine) => engine.end(),
        Slot::Failed(_) | Slot::Closed => true,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("config", &self.config)
            .field("entries", &self.ledger.entries())
            .finish_non_exhaustive()
    }
}
