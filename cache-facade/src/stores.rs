//! Opening the backend that the configuration names, out of those that are compiled in.

use cache_core::{AnyBackend, Error, ErrorKind, Judge, Operation, Result};

use crate::config::CacheConfig;
use crate::none::NoneBackend;

#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sled")]
mod sled;

/// Opens the configured backend.
///
/// # Errors
/// `InvalidConfig` if it is not compiled in, or its options are wrong.
pub(crate) fn open(config: &CacheConfig, judge: &Judge) -> Result<AnyBackend> {
    let url = config.backend.url()?;
    match url.scheme() {
        #[cfg(feature = "moka")]
        "moka" => {
            let mut options: backend_moka::MokaConfig = url.options_as()?;
            // The cache-wide limit holds unless the backend has one of its own.
            if url
                .options()
                .take::<String>("max_payload", "a size")?
                .is_none()
            {
                options.max_payload = u32::try_from(config.max_payload).unwrap_or(u32::MAX);
            }
            let moka = backend_moka::MokaBackend::new(&options, judge.clone())?;
            Ok(AnyBackend::new(moka))
        }
        #[cfg(feature = "redis")]
        scheme if redis::is_one(scheme) => {
            let options = redis::options(&url, config)?;
            let redis = backend_redis::RedisBackend::new(&options, judge.clone())?;
            Ok(AnyBackend::new(redis))
        }
        #[cfg(feature = "sled")]
        "sled" => {
            let options = sled::options(&url, config)?;
            let sled = backend_sled::SledBackend::open(&options, judge.clone())?;
            Ok(AnyBackend::new(sled))
        }
        "none" => {
            let _ = judge;
            url.options().finish()?;
            Ok(AnyBackend::new(NoneBackend::new()))
        }
        // `url` has refused every scheme that is not compiled in.
        scheme => Err(Error::new(
            ErrorKind::InvalidConfig,
            format!("backend `{scheme}` cannot be opened"),
        )
        .operation(Operation::Build)),
    }
}

impl CacheConfig {
    /// Opens the configured backend by itself: the door for tools, which look into a store without an application's types.
    ///
    /// A cache never shares the backend that this returns. What a tool does with it passes by the fence of every
    /// [`Cache`](crate::Cache) of this process: a load under way may be answered after a change made here. On a store that
    /// others write to, conditions and leases hold as ever. For an in-process store it opens another one, which is empty.
    ///
    /// # Errors
    /// `InvalidConfig` if a setting is out of range, the backend is not compiled in, or its options are wrong; what the
    /// backend says if it cannot be opened.
    ///
    /// # Example
    /// ```
    /// use cache_core::{Backend, Judge};
    /// use cache_facade::config::CacheConfig;
    /// let store = CacheConfig::from_url("moka:?max_capacity=10")?.open_backend(&Judge::default())?;
    /// assert_eq!(store.info().name, "moka");
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn open_backend(&self, judge: &Judge) -> Result<AnyBackend> {
        self.validate()?;
        open(self, judge)
    }
}
