//! Opening the backend that the configuration names, out of those that are compiled in.

use cache_core::{AnyBackend, Backend, Error, ErrorKind, Judge, Operation, Result};

use crate::config::CacheConfig;
use crate::metered::{self, Tier};
use crate::none::NoneBackend;

#[cfg(feature = "redis")]
mod foreign;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sled")]
mod sled;

/// A backend whose type is erased, and what the cache needs to know of it.
pub(crate) struct Opened {
    pub(crate) store: AnyBackend,
    /// Whether it ends every call that is one question to it within the cache's deadline, by itself.
    pub(crate) keeps_time: bool,
    pub(crate) tier: Tier,
}

impl Opened {
    /// Wraps a backend in what counts and times its calls, and erases the whole.
    pub(crate) fn new(backend: impl Backend, keeps_time: bool, config: &CacheConfig) -> Self {
        let (store, tier) = metered::wrap(backend, config.time_one_in);
        Self {
            store,
            keeps_time,
            tier,
        }
    }
}

/// Opens the configured backend.
///
/// # Errors
/// `InvalidConfig` if it is not compiled in, or its options are wrong.
pub(crate) fn open(config: &CacheConfig, judge: &Judge) -> Result<Opened> {
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
            Ok(Opened::new(moka, false, config))
        }
        #[cfg(feature = "redis")]
        scheme if redis::is_one(scheme) => {
            let options = redis::options(&url, config)?;
            let redis = backend_redis::RedisBackend::new(&options, judge.clone())?;
            let keeps_time = options.deadline <= config.deadline;
            Ok(Opened::new(redis, keeps_time, config))
        }
        #[cfg(feature = "sled")]
        "sled" => {
            let options = sled::options(&url, config)?;
            let sled = backend_sled::SledBackend::open(&options, judge.clone())?;
            Ok(Opened::new(sled, false, config))
        }
        "none" => {
            let _ = judge;
            url.options().finish()?;
            Ok(Opened::new(NoneBackend::new(), false, config))
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
        open(self, judge).map(|opened| opened.store)
    }
}

#[cfg(test)]
#[cfg(all(feature = "moka", feature = "redis"))]
mod tests {
    use super::*;

    fn keeps_time(url: &str) -> bool {
        let config = CacheConfig::from_url(url).unwrap();
        open(&config, &Judge::default()).unwrap().keeps_time
    }

    #[test]
    fn a_store_keeps_time_if_its_deadline_is_no_longer_than_that_of_the_cache() {
        assert!(keeps_time("redis://h"));
        assert!(keeps_time("redis://h?deadline=80ms"));
        assert!(!keeps_time("redis://h?deadline=251ms"));
        assert!(!keeps_time("moka:"));
        assert!(!keeps_time("none:"));
    }
}
