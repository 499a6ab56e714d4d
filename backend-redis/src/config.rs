//! Configuration: plain data, and what of it is accepted. The code-only parts are in `builder.rs`.

use std::time::Duration;

use cache_core::{Result, Secret};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::server::Server;
use crate::tls::TlsConfig;

/// The settings of a [`RedisBackend`](crate::RedisBackend).
///
/// # Example
/// ```
/// use backend_redis::RedisConfig;
/// let text = r#"{
///     "topology": { "cluster": ["cache1.example:7000", "cache2.example:7000"] },
///     "username": "app", "password": "hunter2", "deadline": "100ms"
/// }"#;
/// let config: RedisConfig = serde_json::from_str(text)?;
/// config.check()?;
/// assert!(!format!("{config:?}").contains("hunter2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisConfig {
    /// Where the servers are, and how they belong together. Default: one server at `127.0.0.1:6379`.
    pub topology: Topology,
    /// The number of the database, at least 0; a cluster has only 0. Default: 0.
    pub database: i64,
    /// The user, where the server has users (ACL). Default: not set, which is the server's user `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Encrypts the connections. Default: not set, they are not encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// How long one command, or one batch, may take, connecting included: 1 ms to 1 min, as text such as `"250ms"`.
    /// Default: 250 ms.
    #[serde(with = "cache_core::duration_text")]
    pub deadline: Duration,
    /// How much longer than its entry a key lives on the server, 0 s to 1 day: it bounds memory and ends no entry. Must be
    /// more than the clocks of server and clients differ. Default: 2 s.
    #[serde(with = "cache_core::duration_text")]
    pub expiry_slack: Duration,
    /// The largest payload in bytes, at least 1. Larger ones are refused with `TooLarge`. Default: 8,388,608 (8 MiB).
    pub max_payload: u32,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            topology: Topology::default(),
            database: 0,
            username: None,
            password: None,
            tls: None,
            deadline: Duration::from_millis(250),
            expiry_slack: Duration::from_secs(2),
            max_payload: 8 << 20,
        }
    }
}

/// Where the servers are, and how they belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Topology {
    /// `{ "alone": "host:6379" }`: one server.
    Alone(Server),
    /// `{ "sentinel": { "servers": [..], "master": ".." } }`: the master that sentinels watch, whichever it is now.
    Sentinel(SentinelConfig),
    /// `{ "cluster": ["host:7000", ..] }`: a cluster; at least one of its servers, from which the others are learnt. Naming
    /// several lets it be found while some are down.
    Cluster(Vec<Server>),
}

impl Default for Topology {
    /// One server at `127.0.0.1:6379`.
    fn default() -> Self {
        Self::Alone(Server::default())
    }
}

/// The sentinels that watch a master.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SentinelConfig {
    /// The sentinels, at least one; they all are asked. Their port is usually 26379.
    pub servers: Vec<Server>,
    /// The name under which they watch the master. Must be set.
    pub master: String,
    /// The user at the sentinels, where they have users. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password at the sentinels. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

impl SentinelConfig {
    /// Names the sentinels and the master they watch.
    #[must_use]
    pub fn new(servers: Vec<Server>, master: impl Into<String>) -> Self {
        Self {
            servers,
            master: master.into(),
            ..Self::default()
        }
    }
}

impl Topology {
    fn check(&self) -> Result<()> {
        let servers = match self {
            Self::Alone(server) => std::slice::from_ref(server),
            Self::Cluster(servers) => servers,
            Self::Sentinel(sentinel) => &sentinel.servers,
        };
        if servers.is_empty() {
            return Err(error::invalid("no server is named; accepted: at least one"));
        }
        servers.iter().try_for_each(Server::check)?;
        match self {
            Self::Sentinel(sentinel) if sentinel.master.is_empty() => Err(error::invalid(
                "`master` is empty; accepted: the name under which the sentinels watch it",
            )),
            Self::Sentinel(sentinel)
                if sentinel.username.is_some() && sentinel.password.is_none() =>
            {
                Err(error::invalid(
                    "`username` of the sentinels is set; accepted with a `password`",
                ))
            }
            _ => Ok(()),
        }
    }
}

const SHORTEST_DEADLINE: Duration = Duration::from_millis(1);
const LONGEST_DEADLINE: Duration = Duration::from_secs(60);
const LONGEST_SLACK: Duration = Duration::from_secs(86_400);

impl RedisConfig {
    /// Says whether every field is in its range.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn check(&self) -> Result<()> {
        self.topology.check()?;
        if let Some(tls) = &self.tls {
            tls.check()?;
        }
        if self.database < 0 {
            return Err(error::invalid("`database`; accepted: at least 0"));
        }
        if self.database != 0 && matches!(self.topology, Topology::Cluster(_)) {
            return Err(error::invalid(
                "`database` of a cluster; accepted: 0, it has no other",
            ));
        }
        if self.username.is_some() && self.password.is_none() {
            return Err(error::invalid(
                "`username` is set; accepted with a `password`",
            ));
        }
        if !(SHORTEST_DEADLINE..=LONGEST_DEADLINE).contains(&self.deadline) {
            return Err(error::invalid("`deadline`; accepted: \"1ms\" to \"1min\""));
        }
        if self.expiry_slack > LONGEST_SLACK {
            return Err(error::invalid(
                "`expiry_slack`; accepted: \"0s\" to \"1day\"",
            ));
        }
        if self.max_payload == 0 {
            return Err(error::invalid("`max_payload` is 0; accepted: at least 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cache_core::ErrorKind;

    use super::*;

    fn refusal(change: impl FnOnce(&mut RedisConfig)) -> String {
        let mut config = RedisConfig::default();
        change(&mut config);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        error.to_string()
    }

    #[test]
    fn nothing_said_means_the_defaults_of_the_docs() {
        let config: RedisConfig = serde_json::from_str("{}").unwrap();
        assert_eq!(config, RedisConfig::default());
        config.check().unwrap();
        let server = Server::new("127.0.0.1", 6_379);
        assert_eq!(config.topology, Topology::Alone(server));
        assert_eq!(config.deadline, Duration::from_millis(250));
        assert_eq!(config.expiry_slack, Duration::from_secs(2));
        assert_eq!(config.max_payload, 8 * 1_024 * 1_024);
    }

    #[test]
    fn what_is_written_shows_no_password() {
        let config = RedisConfig {
            password: Some(Secret::new("hunter2")),
            ..RedisConfig::default()
        };
        for text in [
            serde_json::to_string(&config).unwrap(),
            format!("{config:?}"),
        ] {
            assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_misspelt_field_is_named() {
        let error = serde_json::from_str::<RedisConfig>("{\"hots\": \"x\"}").unwrap_err();
        assert!(error.to_string().contains("hots"));
    }

    #[test]
    fn refusals_name_the_field() {
        let alone = |host, port| Topology::Alone(Server::new(host, port));
        assert!(refusal(|config| config.topology = alone("", 1)).contains("host"));
        assert!(refusal(|config| config.topology = alone("h", 0)).contains("port"));
        let cluster = Topology::Cluster(Vec::new());
        assert!(refusal(|config| config.topology = cluster).contains("at least one"));
        let nameless = SentinelConfig::new(vec![Server::default()], "");
        assert!(
            refusal(|config| config.topology = Topology::Sentinel(nameless)).contains("master")
        );
        assert!(refusal(|config| config.database = -1).contains("database"));
        let in_cluster = |config: &mut RedisConfig| {
            config.topology = Topology::Cluster(vec![Server::default()]);
            config.database = 1;
        };
        assert!(refusal(in_cluster).contains("`database` of a cluster"));
        let half = |config: &mut RedisConfig| {
            let key = Some("key.pem".into());
            config.tls = Some(TlsConfig {
                key,
                ..TlsConfig::default()
            });
        };
        assert!(refusal(half).contains("`certificate` and `key`"));
        assert!(refusal(|config| config.username = Some("app".to_owned())).contains("username"));
        assert!(refusal(|config| config.max_payload = 0).contains("max_payload"));
        for out in [Duration::ZERO, Duration::from_secs(61)] {
            assert!(refusal(|config| config.deadline = out).contains("deadline"));
        }
        let day = Duration::from_secs(86_401);
        assert!(refusal(|config| config.expiry_slack = day).contains("expiry_slack"));
    }
}
