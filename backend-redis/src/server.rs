//! Where a server listens.

use std::fmt;
use std::str::FromStr;

use cache_core::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error;

/// A server's name or address, and its port. As text, in configuration too: `cache.example:6379`, `10.0.0.7:6379`,
/// `[::1]:6379`; without a port it is 6379.
///
/// # Example
/// ```
/// use backend_redis::Server;
/// let server: Server = "cache.example".parse()?;
/// assert_eq!(server, Server::new("cache.example", 6379));
/// assert_eq!(Server::new("::1", 7000).to_string(), "[::1]:7000");
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// The name or the address; an IPv6 address without brackets.
    pub host: String,
    /// The port, at least 1.
    pub port: u16,
}

impl Server {
    /// The port of a server that names none.
    pub const DEFAULT_PORT: u16 = 6_379;

    /// Names a server.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.host.is_empty() {
            return Err(error::invalid(
                "a server's host is empty; accepted: a name or an address",
            ));
        }
        if self.port == 0 {
            return Err(error::invalid(
                "a server's port is 0; accepted: 1 to 65,535",
            ));
        }
        Ok(())
    }
}

impl Default for Server {
    /// `127.0.0.1:6379`.
    fn default() -> Self {
        Self::new("127.0.0.1", Self::DEFAULT_PORT)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Server {
    type Err = Error;

    /// # Errors
    /// `InvalidConfig` if the port is no number from 1 to 65,535, or there is no host.
    fn from_str(text: &str) -> Result<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (text, None),
        };
        let port = match port {
            None => Self::DEFAULT_PORT,
            Some(port) => port
                .parse()
                .map_err(|_| error::invalid("a server's port; accepted: 1 to 65,535"))?,
        };
        let server = Self::new(host.trim_start_matches('[').trim_end_matches(']'), port);
        server.check()?;
        Ok(server)
    }
}

impl Serialize for Server {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (text, host, port) in [
            ("h", "h", 6_379),
            ("h:7000", "h", 7_000),
            ("10.0.0.7:1", "10.0.0.7", 1),
            ("[::1]", "::1", 6_379),
            ("[::1]:7000", "::1", 7_000),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!(server, Server::new(host, port), "{text}");
            assert_eq!(server.to_string().parse::<Server>().unwrap(), server);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("", "host"),
            (":7000", "host"),
            ("h:0", "port"),
            ("h:port", "port"),
            ("h:65536", "port"),
        ] {
            let error = text.parse::<Server>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
