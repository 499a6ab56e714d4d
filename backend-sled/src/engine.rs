//! The engine: sled's database and its trees, as long as it works. A panic of sled ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use cache_core::{Error, Operation};

use crate::config::SledConfig;
use crate::error::{Fault, Outcome, Remains};

/// Why an engine was given up.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) remains: Remains,
}

/// An open database.
pub(crate) struct Engine {
    db: sled::Db,
    /// Envelopes by place.
    pub(crate) entries: sled::Tree,
    /// The index: a row for each entry, ordered by when it dies.
    pub(crate) deaths: sled::Tree,
    /// Counters by place.
    pub(crate) counters: sled::Tree,
    failure: OnceLock<Failure>,
}

impl Engine {
    /// Opens the directory. May panic where the files are damaged.
    pub(crate) fn open(live: &std::path::Path, config: &SledConfig) -> Result<Self, sled::Error> {
        let every = u64::try_from(config.flush_interval.as_millis()).unwrap_or(u64::MAX);
        let db = sled::Config::new()
            .path(live)
            .cache_capacity(config.page_cache)
            .flush_every_ms(Some(every))
            .open()?;
        Ok(Self {
            entries: db.open_tree("entries")?,
            deaths: db.open_tree("deaths")?,
            counters: db.open_tree("counters")?,
            db,
            failure: OnceLock::new(),
        })
    }

    /// Does work inside the engine. After an error of sled, or a panic, nothing is done in it any more.
    pub(crate) fn run<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&Self) -> Outcome<T>,
    ) -> cache_core::Result<T> {
        contained(|| work(self)).map_err(|fault| {
            let error = fault.told(operation);
            if let Some(remains) = fault.remains() {
                let failure = Failure {
                    error: error.clone(),
                    remains,
                };
                // The first failure is the cause of the others.
                let _ = self.failure.set(failure);
            }
            error
        })
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// Writes to disk what was acknowledged. Blocks; never `flush_async`, which can wait for itself (sled#1357).
    pub(crate) fn flush(&self) -> Outcome {
        self.db.flush()?;
        Ok(())
    }
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
