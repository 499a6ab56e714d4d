//! What the URLs of Redis mean: `redis://user:password@host:port/database?option=value`, `redis+cluster://host,host` and
//! `redis+sentinel://host,host/master/database`, each with a second `s` where the connections are encrypted.

use std::path::PathBuf;
use std::time::Duration;

use backend_redis::{RedisConfig, SentinelConfig, Server, TlsConfig, Topology};
use cache_core::{Error, ErrorKind, Operation, Result, Secret};
use serde::Deserialize;

use crate::config::{BackendUrl, CacheConfig};

/// The port of a sentinel that names none.
const SENTINEL_PORT: u16 = 26_379;

/// The options of the URL; what it says of the place is not repeated here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    deadline: Option<Duration>,
    expiry_slack: Option<Duration>,
    max_payload: Option<u32>,
    sentinel_username: Option<String>,
    sentinel_password: Option<Secret>,
    tls_ca: Option<PathBuf>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
}

/// Whether a scheme is one of these.
pub(super) fn is_one(scheme: &str) -> bool {
    parts(scheme).is_some()
}

/// How a scheme says the servers belong together, and whether the connections are encrypted.
fn parts(scheme: &str) -> Option<(&str, bool)> {
    let (name, form) = scheme.split_once('+').unwrap_or((scheme, ""));
    match name {
        "redis" => Some((form, false)),
        "rediss" => Some((form, true)),
        _ => None,
    }
}

/// Reads the URL; `deadline` and `max_payload` are the cache's own unless it has others.
///
/// # Errors
/// `InvalidConfig`, naming the part or the option and what is accepted.
pub(super) fn options(url: &BackendUrl, cache: &CacheConfig) -> Result<RedisConfig> {
    let options: Options = url.options_as()?;
    let mut redis = RedisConfig::default();
    let (form, encrypted) = parts(url.scheme()).unwrap_or_default();
    let database = place(&mut redis, form, url, &options)?;
    redis.database = number(database)?;
    redis.username = url
        .user()
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    redis.password = url.password().cloned();
    redis.tls = tls(encrypted, &options)?;
    redis.deadline = options.deadline.unwrap_or(cache.deadline);
    if let Some(slack) = options.expiry_slack {
        redis.expiry_slack = slack;
    }
    let limit = u32::try_from(cache.max_payload).unwrap_or(u32::MAX);
    redis.max_payload = options.max_payload.unwrap_or(limit);
    Ok(redis)
}

/// Reads where the servers are, and returns the part of the path that names the database.
fn place<'a>(
    redis: &mut RedisConfig,
    form: &str,
    url: &'a BackendUrl,
    options: &Options,
) -> Result<&'a str> {
    let path = url.path().trim_matches('/');
    let of_sentinels = options.sentinel_username.is_some() || options.sentinel_password.is_some();
    if of_sentinels && form != "sentinel" {
        return Err(invalid(
            "`sentinel_username` and `sentinel_password`; accepted with `redis+sentinel`",
        ));
    }
    match form {
        "cluster" => redis.topology = Topology::Cluster(servers(url, Server::DEFAULT_PORT)?),
        "sentinel" => {
            let (master, database) = path.split_once('/').unwrap_or((path, ""));
            let mut sentinel = SentinelConfig::new(servers(url, SENTINEL_PORT)?, master);
            sentinel.username = options.sentinel_username.clone();
            sentinel.password = options.sentinel_password.clone();
            redis.topology = Topology::Sentinel(sentinel);
            return Ok(database);
        }
        _ => match servers(url, Server::DEFAULT_PORT)?.as_slice() {
            [] => {}
            [server] => redis.topology = Topology::Alone(server.clone()),
            [_, _, ..] => {
                return Err(invalid(
                    "several hosts; accepted is one server, or `redis+cluster`, `redis+sentinel`",
                ));
            }
        },
    }
    Ok(path)
}

/// Reads the hosts, each `host` or `host:port`; an IPv6 address stands in brackets.
fn servers(url: &BackendUrl, port: u16) -> Result<Vec<Server>> {
    let read = |host: &String| {
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        let mut server: Server = host.parse()?;
        if !has_port {
            server.port = port;
        }
        Ok(server)
    };
    url.hosts().iter().map(read).collect()
}

fn number(database: &str) -> Result<i64> {
    match database {
        "" => Ok(0),
        number => number.parse().map_err(|_| {
            invalid("the path; accepted is the number of a database, such as `/0`, after the master's name where sentinels watch it")
        }),
    }
}

fn tls(encrypted: bool, options: &Options) -> Result<Option<TlsConfig>> {
    let mut tls = TlsConfig::default();
    tls.ca.clone_from(&options.tls_ca);
    tls.certificate.clone_from(&options.tls_certificate);
    tls.key.clone_from(&options.tls_key);
    match encrypted {
        true => Ok(Some(tls)),
        false if tls == TlsConfig::default() => Ok(None),
        false => Err(invalid(
            "`tls_ca`, `tls_certificate` and `tls_key`; accepted with `rediss`, `rediss+cluster`, `rediss+sentinel`",
        )),
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

    fn alone(host: &str, port: u16) -> Topology {
        Topology::Alone(Server::new(host, port))
    }

    #[test]
    fn a_bare_scheme_is_the_local_server_with_the_limits_of_the_cache() {
        let config = read("redis:").unwrap();
        let cache = CacheConfig::default();
        assert_eq!(config.topology, alone("127.0.0.1", 6_379));
        assert_eq!(config.deadline, cache.deadline);
        assert_eq!(u64::from(config.max_payload), cache.max_payload);
        assert_eq!(config.tls, None);
        config.check().unwrap();
    }

    #[test]
    fn every_part_of_the_url_has_its_field() {
        let text = "redis://app:hunter2@cache.example:6380/3?deadline=80ms&expiry_slack=5s&max_payload=1KiB";
        let config = read(text).unwrap();
        assert_eq!(config.topology, alone("cache.example", 6_380));
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
        assert_eq!(config.topology, alone("::1", 6_380));
        assert_eq!((config.username, config.password.is_some()), (None, true));
        assert_eq!(read("redis://[::1]").unwrap().topology, alone("::1", 6_379));
    }

    #[test]
    fn a_cluster_names_some_of_its_servers() {
        let config = read("redis+cluster://h1:7000,h2").unwrap();
        let servers = vec![Server::new("h1", 7_000), Server::new("h2", 6_379)];
        assert_eq!(config.topology, Topology::Cluster(servers));
        config.check().unwrap();
    }

    #[test]
    fn sentinels_have_a_master_and_users_of_their_own() {
        let text = "redis+sentinel://app:a@s1,s2:5000/main/2?sentinel_username=watch&sentinel_password=hunter2";
        let config = read(text).unwrap();
        let Topology::Sentinel(sentinel) = &config.topology else {
            panic!("{config:?}");
        };
        let servers = [Server::new("s1", 26_379), Server::new("s2", 5_000)];
        assert_eq!(sentinel.servers, servers);
        assert_eq!(sentinel.master, "main");
        assert_eq!(sentinel.username.as_deref(), Some("watch"));
        assert_eq!(sentinel.password.as_ref().unwrap().expose(), "hunter2");
        assert_eq!(config.database, 2);
        config.check().unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_second_s_encrypts() {
        for url in ["rediss:", "rediss+cluster://h", "rediss+sentinel://h/main"] {
            assert_eq!(read(url).unwrap().tls, Some(TlsConfig::default()), "{url}");
        }
        let text = "rediss://h?tls_ca=/ca.pem&tls_certificate=/c.pem&tls_key=/k.pem";
        let tls = read(text).unwrap().tls.unwrap();
        assert_eq!(tls.ca, Some("/ca.pem".into()));
        assert_eq!(tls.certificate, Some("/c.pem".into()));
        assert_eq!(tls.key, Some("/k.pem".into()));
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (url, expected) in [
            ("redis://a,b", "one server"),
            ("redis://h:0", "port"),
            ("redis://h:port", "port"),
            ("redis://h/hunter2", "the number of a database"),
            ("redis://h?deadline=0s", "`deadline`"),
            ("redis://h?dedline=1s", "dedline"),
            ("redis://h?host=hunter2", "host"),
            ("redis://hunter2@h", "`username`"),
            ("redis://h?tls_ca=hunter2", "`rediss`"),
            ("redis://h?sentinel_password=hunter2", "`redis+sentinel`"),
            ("redis+cluster:", "at least one"),
            ("redis+cluster://h/3", "`database`"),
            ("redis+sentinel://h", "`master`"),
            ("redis+sentinel:///main", "at least one"),
            ("rediss://h?tls_key=hunter2", "`certificate` and `key`"),
        ] {
            let error = refusal(url);
            assert!(error.contains(expected), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{url}: {error}");
        }
    }
}
