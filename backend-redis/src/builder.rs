//! The builder: configuration plus what only code can give.

use std::time::Duration;

use cache_core::{Judge, Result, Secret};

use crate::RedisBackend;
use crate::config::{RedisConfig, Topology};
use crate::server::Server;
use crate::tls::TlsConfig;

/// Builds a [`RedisBackend`].
///
/// # Example
/// ```
/// use backend_redis::{RedisBackend, Secret};
/// let backend = RedisBackend::builder()
///     .server("cache.example", 6379)
///     .user("app", Secret::new("hunter2"))
///     .build()?;
/// # drop(backend);
/// assert!(RedisBackend::builder().server("", 6379).build().is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RedisBuilder {
    config: RedisConfig,
    judge: Judge,
}

impl RedisBuilder {
    /// Sets one server.
    #[must_use]
    pub fn server(self, host: impl Into<String>, port: u16) -> Self {
        self.topology(Topology::Alone(Server::new(host, port)))
    }

    /// Sets where the servers are: see [`RedisConfig::topology`].
    #[must_use]
    pub fn topology(mut self, topology: Topology) -> Self {
        self.config.topology = topology;
        self
    }

    /// Encrypts the connections: see [`RedisConfig::tls`].
    #[must_use]
    pub fn tls(mut self, tls: TlsConfig) -> Self {
        self.config.tls = Some(tls);
        self
    }

    /// Sets the number of the database: see [`RedisConfig::database`].
    #[must_use]
    pub fn database(mut self, number: i64) -> Self {
        self.config.database = number;
        self
    }

    /// Sets user and password: see [`RedisConfig::username`].
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: Secret) -> Self {
        self.config.username = Some(name.into());
        self.config.password = Some(password);
        self
    }

    /// Sets how long a command may take: see [`RedisConfig::deadline`].
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.config.deadline = deadline;
        self
    }

    /// Sets how much longer than its entry a key lives: see [`RedisConfig::expiry_slack`].
    #[must_use]
    pub fn expiry_slack(mut self, slack: Duration) -> Self {
        self.config.expiry_slack = slack;
        self
    }

    /// Sets the largest payload: see [`RedisConfig::max_payload`].
    #[must_use]
    pub fn max_payload(mut self, bytes: u32) -> Self {
        self.config.max_payload = bytes;
        self
    }

    /// Replaces all settings by those of a configuration.
    #[must_use]
    pub fn config(mut self, config: RedisConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets by what clock, and with what tolerance, times are judged. By default the machine's clock and 5 minutes.
    #[must_use]
    pub fn judge(mut self, judge: Judge) -> Self {
        self.judge = judge;
        self
    }

    /// Builds the backend. It connects with its first call.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn build(self) -> Result<RedisBackend> {
        RedisBackend::new(&self.config, self.judge)
    }
}
