//! What the processes that are killed while they deploy, and their tests, agree on.

use cache_core::Result;
use cache_facade::config::CacheConfig;
use cache_facade::{Cacheable, DomainSpec, domain};
use serde::{Deserialize, Serialize};

/// The one domain.
pub const DOMAIN: &str = "numbered";

/// The type as 1.4.0 has it.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "numbered", ttl = "1h")]
pub struct Before {
    number: u64,
}

/// The type since then.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "numbered", ttl = "1h")]
pub struct After {
    is_converted: bool,
    number: u64,
}

impl Before {
    /// Makes a value.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        Self { number }
    }
}

impl After {
    /// Makes a value.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        Self {
            is_converted: false,
            number,
        }
    }

    /// Returns what the value was made of.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
}

/// Describes the domain as it is since then.
#[must_use]
pub fn after() -> DomainSpec<After> {
    domain::<After>().migrate_from(|before: Before| After {
        is_converted: true,
        number: before.number,
    })
}

/// Configures a cache of these processes.
///
/// # Errors
/// `InvalidConfig` if the URL names no store.
pub fn config(url: &str, namespace: &str) -> Result<CacheConfig> {
    let mut config = CacheConfig::from_url(url)?;
    namespace.clone_into(&mut config.namespace);
    config.deadline = std::time::Duration::from_secs(1);
    Ok(config)
}
