//! The builder: configuration plus what only code can give.

use std::path::PathBuf;
use std::time::Duration;

use cache_core::{Judge, Result};

use crate::SledBackend;
use crate::config::{Reads, SledConfig};

/// Builds a [`SledBackend`].
///
/// # Example
/// ```
/// use backend_sled::{Reads, SledBackend};
/// let directory = tempfile::tempdir()?;
/// let backend = SledBackend::builder()
///     .path(directory.path())
///     .reads(Reads::Offload)
///     .max_bytes(64 << 20)
///     .build()?;
/// # drop(backend);
/// assert!(SledBackend::builder().build().is_err(), "there is no default directory");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SledBuilder {
    config: SledConfig,
    judge: Judge,
}

impl SledBuilder {
    /// Sets the directory: see [`SledConfig::path`].
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.path = path.into();
        self
    }

    /// Sets on which thread reads run: see [`SledConfig::reads`].
    #[must_use]
    pub fn reads(mut self, reads: Reads) -> Self {
        self.config.reads = reads;
        self
    }

    /// Sets the most live bytes: see [`SledConfig::max_bytes`].
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = bytes;
        self
    }

    /// Sets the largest payload: see [`SledConfig::max_payload`].
    #[must_use]
    pub fn max_payload(mut self, bytes: u32) -> Self {
        self.config.max_payload = bytes;
        self
    }

    /// Sets how much of the pages is kept in memory: see [`SledConfig::page_cache_bytes`].
    #[must_use]
    pub fn page_cache_bytes(mut self, bytes: u64) -> Self {
        self.config.page_cache_bytes = bytes;
        self
    }

    /// Sets how many calls may block at once: see [`SledConfig::max_blocking`].
    #[must_use]
    pub fn max_blocking(mut self, calls: u16) -> Self {
        self.config.max_blocking = calls;
        self
    }

    /// Sets how often what was written goes to disk by itself: see [`SledConfig::flush_interval`].
    #[must_use]
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.config.flush_interval = interval;
        self
    }

    /// Sets how often dead entries are removed: see [`SledConfig::sweep_interval`].
    #[must_use]
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.config.sweep_interval = interval;
        self
    }

    /// Sets the most counters: see [`SledConfig::max_counters`].
    #[must_use]
    pub fn max_counters(mut self, counters: u64) -> Self {
        self.config.max_counters = counters;
        self
    }

    /// Replaces all settings by those of a configuration.
    #[must_use]
    pub fn config(mut self, config: SledConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets by what clock, and with what tolerance, times are judged. By default the machine's clock and 5 minutes.
    #[must_use]
    pub fn judge(mut self, judge: Judge) -> Self {
        self.judge = judge;
        self
    }

    /// Opens the directory: see [`SledBackend::open`].
    ///
    /// # Errors
    /// Those of [`SledBackend::open`].
    pub fn build(self) -> Result<SledBackend> {
        SledBackend::open(&self.config, self.judge)
    }
}
