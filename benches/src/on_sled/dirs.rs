//! Directories for the time of a run.

use std::path::PathBuf;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use tempfile::TempDir;

use crate::Result;

/// Longer than the default (250 ms), so that a busy machine does not end the run. The time itself costs nothing.
const DEADLINE: Duration = Duration::from_secs(5);

/// A directory for others, which goes when this is dropped.
pub(crate) struct Dirs(TempDir);

impl Dirs {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the configuration of a store here. Every setting but the deadline and the place of its reads has its default.
    pub(crate) fn config(&self, name: &str, reads: &str) -> Result<CacheConfig> {
        let path = self.path(name);
        let url = format!("sled://{}?reads={reads}", path.display());
        let mut config = CacheConfig::from_url(&url)?;
        config.deadline = DEADLINE;
        Ok(config)
    }
}
