//! The engine: sled's database and its trees, as long as it works. A panic of sled ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache_core::{Error, Operation};

use crate::config::SledConfig;
use crate::error::{Fault, Outcome, Remains};
use crate::open::OnDamage;

/// Why an engine was given up.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) remains: Remains,
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// An open database.
pub(crate) struct Engine {
    db: sled::Db,
    /// Which of the engines of this process it is.
    pub(crate) number: u64,
    /// Records by place.
    pub(crate) entries: sled::Tree,
    /// The index: a row for each entry, ordered by a time that is no later than its end.
    pub(crate) deaths: sled::Tree,
    /// Counters by place.
    pub(crate) counters: sled::Tree,
    on_damage: OnDamage,
    failure: Arc<OnceLock<Failure>>,
}

impl Engine {
    /// Opens the directory. May panic where the files are damaged.
    pub(crate) fn open(
        live: &std::path::Path,
        config: &SledConfig,
        on_damage: OnDamage,
    ) -> Result<Self, sled::Error> {
        let every = u64::try_from(config.flush_interval.as_millis()).unwrap_or(u64::MAX);
        let db = sled::Config::new()
            .path(live)
            .cache_capacity(config.page_cache_bytes)
            .flush_every_ms(Some(every))
            .open()?;
        Ok(Self {
            entries: db.open_tree("entries")?,
            deaths: db.open_tree("deaths")?,
            counters: db.open_tree("counters")?,
            db,
            number: NUMBERS.fetch_add(1, Relaxed),
            on_damage,
            failure: Arc::default(),
        })
    }

    /// Does work inside the engine. After an error of sled, or a panic, nothing is done in it any more.
    pub(crate) fn run<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&Self) -> Outcome<T>,
    ) -> cache_core::Result<T> {
        contained(|| work(self)).map_err(|fault| {
            let error = fault.told(operation, self.on_damage);
            if let Some(remains) = fault.remains() {
                self.fail(error.clone(), remains);
            }
            error
        })
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// Returns a handle to flush by, without holding up whoever replaces the engine.
    pub(crate) fn flusher(&self) -> Flusher {
        Flusher {
            db: self.db.clone(),
            failure: Arc::clone(&self.failure),
        }
    }

    /// Says whether it was ever nudged.
    #[cfg(test)]
    pub(crate) fn was_nudged(&self) -> bool {
        matches!(self.db.contains_key(b"nudge"), Ok(true))
    }

    /// Writes a little, which wakes whoever waits for a write that has failed.
    pub(crate) fn nudge(&self) {
        let _ = nudge(&self.db);
    }

    pub(crate) fn fail(&self, error: Error, remains: Remains) {
        // The first failure is the cause of the others.
        let _ = self.failure.set(Failure { error, remains });
    }

    /// Ends the engine, on a thread of its own: sled flushes once more, and may never come to an end (see [`Flusher`]). Says
    /// whether it did.
    pub(crate) fn end(self) -> bool {
        let patience = patience(self.failure().is_some());
        let ended = aside("backend-sled-end", move || {
            contained(|| {
                drop(self);
                Ok(())
            })
        });
        match ended {
            // Without a thread to give, it was dropped here.
            None => true,
            Some(ended) => !matches!(ended.recv_timeout(patience), Err(RecvTimeoutError::Timeout)),
        }
    }
}

/// What a flush seldom takes.
const LONG: Duration = Duration::from_millis(100);

/// How long a flush, or an end, is waited for once something failed: it may never come.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// How long where nothing failed: a disk that others keep busy answers late, and the engine is whole. Linux calls a task hung
/// that waits for the disk for so long (`kernel.hung_task_timeout_secs`).
const PATIENCE: Duration = Duration::from_secs(120);

fn patience(has_failed: bool) -> Duration {
    if has_failed { AFTER_FAILURE } else { PATIENCE }
}

/// Writes to disk what was acknowledged. Blocks; never `flush_async`, which can wait for itself (sled#1357).
///
/// sled 0.34 has two ways to wait for ever after a write failed, both met on a full disk: one of its threads sets the error
/// and wakes nobody, which any later write does (a nudge); or a blob cannot be written, and the buffer that should hold
/// its place is never finished, for which there is no help. So sled flushes on another thread, and is given up.
pub(crate) struct Flusher {
    db: sled::Db,
    failure: Arc<OnceLock<Failure>>,
}

impl Flusher {
    /// Answers `None` if there is no end to it. `lacks_room` says whether a write may have failed for that.
    pub(crate) fn flush(self, lacks_room: impl Fn() -> bool) -> Option<Outcome> {
        let db = self.db.clone();
        let Some(flushed) = aside("backend-sled-flush", move || {
            contained(|| Ok(db.flush().map(|_| ())?))
        }) else {
            return Some(contained(|| Ok(self.db.flush().map(|_| ())?)));
        };
        let (mut waited, mut has_failed) = (Duration::ZERO, false);
        while waited < patience(has_failed) {
            match flushed.recv_timeout(LONG) {
                Ok(outcome) => return Some(outcome),
                Err(RecvTimeoutError::Disconnected) => return Some(Err(Fault::Panic)),
                Err(RecvTimeoutError::Timeout) => {}
            }
            has_failed |= nudge(&self.db).is_err() || self.failure.get().is_some() || lacks_room();
            waited += LONG;
            if waited == AFTER_FAILURE && !has_failed {
                tracing::warn!(
                    "the disk is slow: a flush has waited for 10 s, and goes on waiting"
                );
            }
        }
        None
    }
}

/// Fails where a write has failed before.
fn nudge(db: &sled::Db) -> Outcome {
    contained(|| Ok(db.insert(b"nudge", &[]).map(|_| ())?))
}

/// Does work on a thread of its own; `None` if there is none to be had.
pub(crate) fn aside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<Receiver<T>> {
    let (tell, told) = mpsc::channel();
    let work = move || {
        // Nobody may be waiting any more.
        let _ = tell.send(work());
    };
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(work).ok().map(|_| told)
}

/// Catches a panic of sled.
pub(crate) fn contained<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Fault::Panic))
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // sled's own would print keys and values.
        f.debug_struct("Engine")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
