//! What differs for one domain.

use std::time::Duration;

use cache_core::{CodecKind, Ttl};
use serde::{Deserialize, Serialize};

use super::cache_config::LoadTimeout;
use super::{codec, duration, ttl};

/// What differs for one domain; `None` leaves the setting to the type's `Cacheable` or to the cache.
///
/// # Example
/// ```
/// use cache_facade::config::CacheConfig;
/// use cache_core::Ttl;
/// let config = CacheConfig::from_toml_str("[domains.alliance]\nttl = 'never'\nload_timeout = { hard = '5s' }")?;
/// let alliance = &config.domains["alliance"];
/// assert_eq!(alliance.ttl, Some(Ttl::Never));
/// assert_eq!(alliance.load_timeout_over(config.load_timeout).hard.as_secs(), 5);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DomainConfig {
    /// How long a value is fresh: a duration above zero, `never`, or `default`, the cache's `default_ttl` whatever the
    /// type says. Default: none, what the type says.
    #[serde(with = "ttl::optional", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
    /// How long "known to be absent" is kept, above zero. Default: none, what the type says.
    #[serde(with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub negative_ttl: Option<Duration>,
    /// Which codec writes. Default: none, the cache's.
    #[serde(with = "codec", skip_serializing_if = "Option::is_none")]
    pub codec: Option<CodecKind>,
    /// How long a caller waits for a load. Default: none, as long as the cache says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_timeout: Option<LoadTimeoutOverride>,
}

/// The parts of a [`LoadTimeout`] that differ for one domain. Default: none, the cache's.
///
/// A soft timeout of the cache cannot be taken away for a domain, only moved.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_facade::config::{LoadTimeout, LoadTimeoutOverride};
/// let mut over = LoadTimeoutOverride::default();
/// over.soft = Some(Duration::from_secs(1));
/// let timeout = over.over(LoadTimeout::default());
/// assert_eq!((timeout.soft, timeout.hard.as_secs()), (Some(Duration::from_secs(1)), 30));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LoadTimeoutOverride {
    /// [`LoadTimeout::soft`] of the domain. Default: none, the cache's.
    #[serde(with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub soft: Option<Duration>,
    /// [`LoadTimeout::hard`] of the domain. Default: none, the cache's.
    #[serde(with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub hard: Option<Duration>,
}

impl LoadTimeoutOverride {
    /// Returns the cache's timeouts with these in their place.
    #[must_use]
    pub fn over(self, cache: LoadTimeout) -> LoadTimeout {
        let mut timeout = cache;
        timeout.soft = self.soft.or(cache.soft);
        timeout.hard = self.hard.unwrap_or(cache.hard);
        timeout
    }
}

impl DomainConfig {
    /// Returns the timeouts of this domain, where the cache has those given.
    #[must_use]
    pub fn load_timeout_over(&self, cache: LoadTimeout) -> LoadTimeout {
        self.load_timeout.unwrap_or_default().over(cache)
    }
}
