//! Configuration: plain data, and what of it is accepted. The code-only parts are in `builder.rs`.

use std::time::Duration;

use cache_core::{Result, Secret};
use serde::{Deserialize, Serialize};

use crate::error;

/// The settings of a [`RedisBackend`](crate::RedisBackend).
///
/// # Example
/// ```
/// use backend_redis::RedisConfig;
/// let text = r#"{ "host": "cache.example", "username": "app", "password": "hunter2", "deadline": "100ms" }"#;
/// let config: RedisConfig = serde_json::from_str(text)?;
/// assert_eq!(config.port, 6379);
/// assert!(!format!("{config:?}").contains("hunter2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisConfig {
    /// The server's name or address. Default: `"127.0.0.1"`.
    pub host: String,
    /// The server's port, at least 1. Default: 6379.
    pub port: u16,
    /// The number of the database, at least 0. Default: 0.
    pub database: i64,
    /// The user, where the server has users (ACL). Default: not set, which is the server's user `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
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
            host: "127.0.0.1".to_owned(),
            port: 6_379,
            database: 0,
            username: None,
            password: None,
            deadline: Duration::from_millis(250),
            expiry_slack: Duration::from_secs(2),
            max_payload: 8 << 20,
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
        if self.host.is_empty() {
            return Err(error::invalid(
                "`host` is empty; accepted: a name or an address",
            ));
        }
        if self.port == 0 {
            return Err(error::invalid("`port` is 0; accepted: 1 to 65,535"));
        }
        if self.database < 0 {
            return Err(error::invalid("`database`; accepted: at least 0"));
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
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 6_379));
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
        assert!(refusal(|config| config.host.clear()).contains("host"));
        assert!(refusal(|config| config.port = 0).contains("port"));
        assert!(refusal(|config| config.database = -1).contains("database"));
        assert!(refusal(|config| config.username = Some("app".to_owned())).contains("username"));
        assert!(refusal(|config| config.max_payload = 0).contains("max_payload"));
        for out in [Duration::ZERO, Duration::from_secs(61)] {
            assert!(refusal(|config| config.deadline = out).contains("deadline"));
        }
        let day = Duration::from_secs(86_401);
        assert!(refusal(|config| config.expiry_slack = day).contains("expiry_slack"));
    }
}
