//! What a `redis:` URL means: `redis://user:password@host:port/database?option=value`.

use std::time::Duration;

use backend_redis::RedisConfig;
use cache_core::{Error, ErrorKind, Operation, Result};
use serde::Deserialize;

use crate::config::{BackendUrl, CacheConfig};

/// The options of the URL; what it says of the place is not repeated here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    deadline: Option<Duration>,
    expiry_slack: Option<Duration>,
    max_payload: Option<u32>,
}

/// Reads the URL; `deadline` and `max_payload` are the cache's own unless it has others.
///
/// # Errors
/// `InvalidConfig`, naming the part or the option and what is accepted.
pub(super) fn options(url: &BackendUrl, cache: &CacheConfig) -> Result<RedisConfig> {
    let options: Options = url.options_as()?;
    let mut redis = RedisConfig::default();
    match url.hosts() {
        [] => {}
        [host] => place(&mut redis, host)?,
        [_, _, ..] => return Err(invalid("several hosts; accepted is one server")),
    }
    redis.database = database(url.path())?;
    redis.username = url
        .user()
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    redis.password = url.password().cloned();
    redis.deadline = options.deadline.unwrap_or(cache.deadline);
    if let Some(slack) = options.expiry_slack {
        redis.expiry_slack = slack;
    }
    let limit = u32::try_from(cache.max_payload).unwrap_or(u32::MAX);
    redis.max_payload = options.max_payload.unwrap_or(limit);
    Ok(redis)
}

/// Takes `host` or `host:port` apart; an IPv6 address stands in brackets.
fn place(redis: &mut RedisConfig, host: &str) -> Result<()> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.clone_into(&mut redis.host);
    if let Some(port) = port {
        redis.port = port
            .parse()
            .map_err(|_| invalid("the port; accepted: 1 to 65,535"))?;
    }
    Ok(())
}

fn database(path: &str) -> Result<i64> {
    match path.trim_matches('/') {
        "" => Ok(0),
        number => number
            .parse()
            .map_err(|_| invalid("the path; accepted is the number of a database, such as `/0`")),
    }
}

fn invalid(message: &str) -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        format!("backend `redis`: {message}"),
    )
    .operation(Operation::Build)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<RedisConfig> {
        options(&url.parse()?, &CacheConfig::default())
    }

    fn refusal(url: &str) -> String {
        read(url)
            .and_then(|config| config.check())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_bare_scheme_is_the_local_server_with_the_limits_of_the_cache() {
        let config = read("redis:").unwrap();
        let cache = CacheConfig::default();
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 6_379));
        assert_eq!(config.deadline, cache.deadline);
        assert_eq!(u64::from(config.max_payload), cache.max_payload);
        config.check().unwrap();
    }

    #[test]
    fn every_part_of_the_url_has_its_field() {
        let text = "redis://app:hunter2@cache.example:6380/3?deadline=80ms&expiry_slack=5s&max_payload=1KiB";
        let config = read(text).unwrap();
        assert_eq!(
            (config.host.as_str(), config.port),
            ("cache.example", 6_380)
        );
        assert_eq!(config.database, 3);
        assert_eq!(config.username.as_deref(), Some("app"));
        assert_eq!(config.password.unwrap().expose(), "hunter2");
        assert_eq!(config.deadline, Duration::from_millis(80));
        assert_eq!(config.expiry_slack, Duration::from_secs(5));
        assert_eq!(config.max_payload, 1_024);
    }

    #[test]
    fn a_password_needs_no_user_and_an_address_may_have_colons() {
        let config = read("redis://:hunter2@[::1]:6380").unwrap();
        assert_eq!((config.host.as_str(), config.port), ("::1", 6_380));
        assert_eq!((config.username, config.password.is_some()), (None, true));
        assert_eq!(read("redis://[::1]").unwrap().host, "::1");
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (url, expected) in [
            ("redis://a,b", "one server"),
            ("redis://h:0", "`port`"),
            ("redis://h:port", "port"),
            ("redis://h/hunter2", "the number of a database"),
            ("redis://h?deadline=0s", "`deadline`"),
            ("redis://h?dedline=1s", "dedline"),
            ("redis://h?host=hunter2", "host"),
            ("redis://hunter2@h", "`username`"),
        ] {
            let error = refusal(url);
            assert!(error.contains(expected), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{url}: {error}");
        }
    }
}
