//! The settings of one cache, and their defaults.

use std::collections::BTreeMap;
use std::time::Duration;

use cache_core::{CodecKind, Result, Ttl};
use serde::{Deserialize, Serialize};

use super::backend::BackendConfig;
use super::domain::DomainConfig;
use super::{byte_size, codec, duration, names, ttl, validate};

/// The settings of one cache: plain data, whose every default stands in [`Default`] and nowhere else.
///
/// It is read by [`load`](Self::load), [`from_toml_str`](Self::from_toml_str), [`from_toml_file`](Self::from_toml_file),
/// [`from_env`](Self::from_env) and [`from_url`](Self::from_url), which also [validate](Self::validate) it, or as a part
/// of an application's own configuration by serde, which does not. Written by serde, secrets are `***`.
///
/// Durations are text such as `250ms`, `5s`, `1h30m` or `7d`; a time to live may also be `never`.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_facade::config::CacheConfig;
///
/// let config = CacheConfig::from_toml_str(
///     r#"
///     namespace = "zkill"
///     backend = "moka://?max_capacity=100000"
///     load_timeout = { soft = "2s" }
///
///     [domains.character]
///     ttl = "24h"
///     "#,
/// )?;
/// assert_eq!(config.load_timeout.soft, Some(Duration::from_secs(2)));
/// assert_eq!(config.load_timeout.hard, CacheConfig::default().load_timeout.hard);
/// config.check_domains(&["character", "corporation"])?;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CacheConfig {
    /// What separates applications or tenants on one store, 1 to 128 bytes. Default: `"cache"`.
    pub namespace: String,
    /// Which backend holds the entries: a URL, or `env:NAME`. Default: `"moka:"`.
    pub backend: BackendConfig,
    /// How long a value is fresh where neither its domain nor its type says so: a duration above zero, or `never`. Beyond
    /// [`cache_core::MAX_TTL`] (10 years) it is cut to that. Default: `"1h"`.
    #[serde(with = "ttl::required")]
    pub default_ttl: Ttl,
    /// How long `never` is on a store that others write to too, above zero: a type or a release that is gone leaves no value
    /// behind for ever. Domains that are `unversioned` are exempt. Default: `"30d"`.
    #[serde(with = "duration::required")]
    pub max_ttl: Duration,
    /// How long "known to be absent" is kept where the domain does not say so, above zero. Default: `"1m"`.
    #[serde(with = "duration::required")]
    pub negative_ttl: Duration,
    /// How long an operation waits for a remote store, above zero. Default: `"250ms"`.
    #[serde(with = "duration::required")]
    pub deadline: Duration,
    /// How long `clear` may take as a whole, above zero: a remote store looks at each of its keys. Default: `"1m"`.
    #[serde(with = "duration::required")]
    pub clear_deadline: Duration,
    /// How long loads may go on after `close`; zero ends them at once. Default: `"5s"`.
    #[serde(with = "duration::required")]
    pub close_grace: Duration,
    /// How far ahead of ours the clock of another writer may be; an entry from further ahead is a miss. Default: `"5m"`.
    #[serde(with = "duration::required")]
    pub clock_tolerance: Duration,
    /// The largest encoded payload in bytes, 1 to [`cache_core::codec::DECODE_LIMIT`] (64 MiB): what could not be decoded
    /// is not stored. As text it may have a unit. Default: `"8MiB"`.
    #[serde(with = "byte_size::required")]
    pub max_payload: u64,
    /// How many loads may be open at the same time, at least 1. Default: `100000`.
    pub max_flights: usize,
    /// Of reads that process memory answers, one in so many of a thread is timed, rounded up to a power of two; 0 times none.
    /// All are counted, and calls that are awaited are timed each. Needs the feature `metrics`. Default: `64`.
    pub time_one_in: u64,
    /// Which codec writes; every one that is compiled in is read. Default: none, the first compiled in.
    #[serde(with = "codec", skip_serializing_if = "Option::is_none")]
    pub codec: Option<CodecKind>,
    /// The kill switch: every read is a miss, every write is dropped, loads still run. Default: `false`.
    pub bypass: bool,
    /// How long a caller waits for a load.
    pub load_timeout: LoadTimeout,
    /// What differs for single domains, by their name. Default: none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub domains: BTreeMap<String, DomainConfig>,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            namespace: "cache".to_owned(),
            backend: BackendConfig::default(),
            default_ttl: Ttl::After(Duration::from_secs(3_600)),
            max_ttl: Duration::from_secs(30 * 86_400),
            negative_ttl: Duration::from_secs(60),
            deadline: Duration::from_millis(250),
            clear_deadline: Duration::from_secs(60),
            close_grace: Duration::from_secs(5),
            clock_tolerance: Duration::from_secs(300),
            max_payload: 8 << 20,
            max_flights: 100_000,
            time_one_in: 64,
            codec: None,
            bypass: false,
            load_timeout: LoadTimeout::default(),
            domains: BTreeMap::new(),
        }
    }
}

/// How long a caller waits for a load.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_facade::config::LoadTimeout;
/// let timeout = LoadTimeout::default();
/// assert_eq!((timeout.soft, timeout.hard), (None, Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LoadTimeout {
    /// After this long a stale value is answered if there is one, while the load goes on; zero answers it at once. Below
    /// `hard`; `none` waits for `hard`. Default: `"none"`.
    #[serde(with = "duration::or_none")]
    pub soft: Option<Duration>,
    /// After this long the caller gets `Timeout`, above zero; the load goes on. Default: `"30s"`.
    #[serde(with = "duration::required")]
    pub hard: Duration,
}

impl Default for LoadTimeout {
    fn default() -> Self {
        Self {
            soft: None,
            hard: Duration::from_secs(30),
        }
    }
}

impl CacheConfig {
    /// Checks every setting by itself and with those that it depends on. Whether the backend is compiled in is checked
    /// where it is opened ([`BackendConfig::url`]), since a cache may also be built over a store of one's own.
    ///
    /// # Errors
    /// `InvalidConfig`: the message names the setting and what is accepted.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    /// use cache_facade::config::CacheConfig;
    /// let mut config = CacheConfig::default();
    /// config.validate()?;
    /// config.deadline = Duration::ZERO;
    /// assert!(config.validate().unwrap_err().to_string().contains("deadline: accepted is a duration above zero"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn validate(&self) -> Result<()> {
        validate::config(self)
    }

    /// Checks that every configured domain is one of those that the application has registered.
    ///
    /// # Errors
    /// `InvalidConfig` for a name that is not: the message lists the registered ones and suggests the nearest.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let config = CacheConfig::from_toml_str("[domains.charcter]\nttl = '1h'")?;
    /// let error = config.check_domains(&["character", "corporation"]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid_config: domains: unknown domain `charcter`; accepted: `character`, `corporation`; \
    ///      did you mean `character`?"
    /// );
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn check_domains(&self, known: &[&str]) -> Result<()> {
        match self
            .domains
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(name) => {
                let text = names::unknown("domain", name, known.iter().copied());
                Err(names::invalid(format!("domains: {text}")))
            }
        }
    }
}
