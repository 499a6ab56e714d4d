//! The builder: configuration plus what only code can give.

use std::time::Duration;

use cache_core::{Judge, Result};

use crate::MokaBackend;
use crate::config::{MokaConfig, Policy};

/// Builds a [`MokaBackend`].
///
/// # Example
/// ```
/// use backend_moka::{MokaBackend, Policy};
/// let backend = MokaBackend::builder().max_capacity(10_000).policy(Policy::Lru).build()?;
/// # drop(backend);
/// assert!(MokaBackend::builder().max_capacity(10_000).max_bytes(1 << 20).build().is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MokaBuilder {
    config: MokaConfig,
    judge: Judge,
}

impl MokaBuilder {
    /// Sets the most entries: see [`MokaConfig::max_capacity`].
    #[must_use]
    pub fn max_capacity(mut self, entries: u64) -> Self {
        self.config.max_capacity = Some(entries);
        self
    }

    /// Sets the most bytes: see [`MokaConfig::max_bytes`].
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = Some(bytes);
        self
    }

    /// Sets which entry goes when there is no room: see [`MokaConfig::policy`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.config.policy = policy;
        self
    }

    /// Sets the largest payload: see [`MokaConfig::max_payload`].
    #[must_use]
    pub fn max_payload(mut self, bytes: u32) -> Self {
        self.config.max_payload = bytes;
        self
    }

    /// Sets how often memory of dead entries is freed: see [`MokaConfig::sweep_interval`].
    #[must_use]
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.config.sweep_interval = interval;
        self
    }

    /// Sets the most counters: see [`MokaConfig::max_counters`].
    #[must_use]
    pub fn max_counters(mut self, counters: usize) -> Self {
        self.config.max_counters = counters;
        self
    }

    /// Replaces all settings by those of a configuration.
    #[must_use]
    pub fn config(mut self, config: MokaConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets by what clock, and with what tolerance, times are judged. By default the machine's clock and 5 minutes.
    #[must_use]
    pub fn judge(mut self, judge: Judge) -> Self {
        self.judge = judge;
        self
    }

    /// Builds the backend. Starts nothing.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn build(self) -> Result<MokaBackend> {
        MokaBackend::new(&self.config, self.judge)
    }
}
