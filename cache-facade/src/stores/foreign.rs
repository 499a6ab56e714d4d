//! The door to keys that no cache wrote, on the Redis that the configuration names.

use backend_redis::ForeignKeys;
use cache_core::{Error, ErrorKind, Operation, Result};

use super::redis;
use crate::config::CacheConfig;

impl CacheConfig {
    /// Opens the keys of the configured Redis as they are, whoever wrote them: for tools that take over what an application
    /// kept there by hand. A cache reads and writes through [`Cache`](crate::Cache) alone.
    ///
    /// # Errors
    /// `InvalidConfig` if the backend is no Redis, or a setting is out of range.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let foreign = CacheConfig::from_url("redis://h?max_payload=1KiB")?.open_foreign()?;
    /// assert_eq!(foreign.max_payload(), 1_024);
    /// assert!(CacheConfig::from_url("none:")?.open_foreign().is_err());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub fn open_foreign(&self) -> Result<ForeignKeys> {
        self.validate()?;
        let url = self.backend.url()?;
        if !redis::is_one(url.scheme()) {
            let message = format!(
                "backend `{}` has no keys but those of its caches; accepted: `redis:` in each of its forms",
                url.scheme()
            );
            return Err(Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Build));
        }
        ForeignKeys::new(&redis::options(&url, self)?)
    }
}
