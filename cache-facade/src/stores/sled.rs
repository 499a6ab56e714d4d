//! What a `sled:` URL means: `sled:///var/lib/app/cache?option=value`; without the slashes, a path from where the process
//! was started.

use std::time::Duration;

use backend_sled::{Reads, SledBackend, SledConfig};
use cache_core::{AnyBackend, Error, ErrorKind, Judge, Operation, Result};
use serde::Deserialize;

use super::Opened;
use crate::config::{BackendUrl, CacheConfig};

/// The options of the URL; its path is not repeated here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    reads: Option<Reads>,
    max_bytes: Option<u64>,
    max_payload: Option<u32>,
    page_cache_bytes: Option<u64>,
    max_blocking: Option<u16>,
    flush_interval: Option<Duration>,
    sweep_interval: Option<Duration>,
    max_counters: Option<u64>,
}

/// Reads the URL; `max_payload` is the cache's own unless it has another.
///
/// # Errors
/// `InvalidConfig`, naming the part or the option and what is accepted.
pub(super) fn options(url: &BackendUrl, cache: &CacheConfig) -> Result<SledConfig> {
    if !url.hosts().is_empty() {
        return Err(invalid(
            "a host; accepted is a path, with three slashes in front of one from the root",
        ));
    }
    if url.path().is_empty() {
        return Err(invalid(
            "no path; accepted is a directory, such as `sled:///var/lib/app/cache`",
        ));
    }
    let options: Options = url.options_as()?;
    let limit = u32::try_from(cache.max_payload).unwrap_or(u32::MAX);
    let mut sled = SledConfig::default();
    sled.path = url.path().into();
    sled.max_payload = options.max_payload.unwrap_or(limit);
    set(&mut sled.reads, options.reads);
    set(&mut sled.max_bytes, options.max_bytes);
    set(&mut sled.page_cache_bytes, options.page_cache_bytes);
    set(&mut sled.max_blocking, options.max_blocking);
    set(&mut sled.flush_interval, options.flush_interval);
    set(&mut sled.sweep_interval, options.sweep_interval);
    set(&mut sled.max_counters, options.max_counters);
    Ok(sled)
}

fn set<T>(setting: &mut T, told: Option<T>) {
    if let Some(told) = told {
        *setting = told;
    }
}

impl CacheConfig {
    /// Opens the configured `sled:` store as it stands: for tools that look into one. A directory that holds no store, or one
    /// of another format or damaged, is neither moved nor removed. Without `max_bytes` in the URL there is no limit: the application
    /// may run with any, and looking evicts nothing.
    ///
    /// # Errors
    /// `InvalidConfig` if there is no such store, or the backend is not `sled`; `Unexpected` if it is damaged; otherwise as
    /// [`CacheConfig::open_backend`].
    ///
    /// # Example
    /// ```
    /// use cache_core::Judge;
    /// use cache_facade::config::CacheConfig;
    /// let directory = tempfile::tempdir()?;
    /// let config = CacheConfig::from_url(&format!("sled://{}", directory.path().display()))?;
    /// assert!(config.open_standing(&Judge::default()).is_err());
    /// assert_eq!(std::fs::read_dir(directory.path())?.count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "sled")))]
    pub fn open_standing(&self, judge: &Judge) -> Result<AnyBackend> {
        self.validate()?;
        let url = self.backend.url()?;
        if url.scheme() != "sled" {
            return Err(invalid("another backend; accepted is a `sled:` URL"));
        }
        let settings = standing(&url, self)?;
        let sled = SledBackend::open_standing(&settings, judge.clone())?;
        Ok(Opened::new(sled, false, self).store)
    }
}

/// The same for a store whose limit is known to others.
fn standing(url: &BackendUrl, cache: &CacheConfig) -> Result<SledConfig> {
    let mut sled = options(url, cache)?;
    let named: Options = url.options_as()?;
    sled.max_bytes = named.max_bytes.unwrap_or(u64::MAX);
    Ok(sled)
}

fn invalid(message: &str) -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        format!("backend `sled`: {message}"),
    )
    .operation(Operation::Build)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(url: &str) -> Result<SledConfig> {
        options(&url.parse()?, &CacheConfig::default())
    }

    #[test]
    fn a_path_alone_has_the_limits_of_the_cache_and_the_defaults_of_the_backend() {
        let config = read("sled:///var/lib/app/my%20cache").unwrap();
        let mut expected = SledConfig::default();
        expected.path = "/var/lib/app/my cache".into();
        assert_eq!(config, expected);
        let cache = CacheConfig::default().max_payload;
        assert_eq!(u64::from(config.max_payload), cache);
        assert_eq!(
            read("sled:cache/here").unwrap().path,
            Path::new("cache/here")
        );
    }

    #[test]
    fn every_option_has_its_field() {
        let text = "sled:///c?reads=inline&max_bytes=64MiB&max_payload=1KiB&page_cache_bytes=8MiB&max_blocking=3\
                    &flush_interval=1s&sweep_interval=5s&max_counters=7";
        let mut expected = SledConfig::default();
        expected.path = "/c".into();
        expected.reads = Reads::Inline;
        expected.max_bytes = 64 << 20;
        expected.max_payload = 1 << 10;
        expected.page_cache_bytes = 8 << 20;
        expected.max_blocking = 3;
        expected.flush_interval = Duration::from_secs(1);
        expected.sweep_interval = Duration::from_secs(5);
        expected.max_counters = 7;
        assert_eq!(read(text).unwrap(), expected);
        expected.check().unwrap();
    }

    #[test]
    fn a_store_that_is_looked_into_has_the_limit_of_the_url_or_none() {
        let limit = |url: &str| {
            let url = url.parse().unwrap();
            standing(&url, &CacheConfig::default()).unwrap().max_bytes
        };
        assert_eq!(limit("sled:///c"), u64::MAX);
        assert_eq!(limit("sled:///c?max_bytes=64MiB"), 64 << 20);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, part) in [
            ("sled:", "no path"),
            ("sled://var/lib/cache", "three slashes"),
            ("sled:///c?reads=sync", "auto"),
            ("sled:///c?raeds=auto", "raeds"),
            ("sled:///c?path=other", "path"),
            ("sled:///c?max_blocking=many", "max_blocking"),
        ] {
            let error = read(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{url}");
            assert!(error.to_string().contains(part), "{url}: {error}");
        }
    }
}
