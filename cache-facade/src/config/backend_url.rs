//! The URL of a backend: which one, where it is, and its options. Only syntax is known here; what hosts, path and options
//! mean is the backend's business.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use cache_core::{Error, Result, Secret};
use serde::de::DeserializeOwned;

use super::leaf::Checked;
use super::problem::{Document, Origin};
use super::reader::Reader;
use super::tree::Node;
use super::url_options::{OptionValue, UrlOptions};
use super::{names, percent};

mod parse;

/// The URL of a backend, `scheme://user:password@host,host/path?option=value&option=value`, of which only the scheme is
/// required: `moka:` is complete. This is syntax alone; which schemes this build can open is known to
/// [`ensure_compiled_in`](super::ensure_compiled_in).
///
/// User name, password, path and values are percent-encoded where they hold a reserved character; a `+` is a plus. An `@`
/// stands after the password and nowhere else, and nothing may follow a `#`: such a URL is refused, since a part of a
/// password would be taken for something else.
///
/// `Display`, `Debug` and serde write `***` for the password (or for a user name alone, which many use as a token) and for
/// options whose name, or its last word (`sentinel_password`), is one of `password`, `passphrase`, `pass`, `pwd`, `secret`,
/// `token`, `key`, `auth`, `credentials`.
///
/// # Example
/// ```
/// use cache_facade::config::BackendUrl;
/// let url: BackendUrl = "redis+cluster://app:hunter2@h1:7000,h2:7000/0?pool=4".parse()?;
/// assert_eq!(url.scheme(), "redis+cluster");
/// assert_eq!(url.hosts(), ["h1:7000", "h2:7000"]);
/// assert_eq!((url.user(), url.path()), (Some("app"), "/0"));
/// assert_eq!(url.to_string(), "redis+cluster://app:***@h1:7000,h2:7000/0?pool=4");
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BackendUrl {
    scheme: String,
    credentials: Option<Credentials>,
    hosts: Vec<String>,
    path: String,
    options: BTreeMap<String, OptionValue>,
}

#[derive(Clone, PartialEq, Eq)]
enum Credentials {
    /// A user name, or a token: who can tell.
    User(Secret),
    UserAndPassword(String, Secret),
}

impl BackendUrl {
    /// The URL of the in-process backend with its defaults, `moka:`.
    pub(super) fn moka() -> Self {
        Self {
            scheme: "moka".to_owned(),
            credentials: None,
            hosts: Vec::new(),
            path: String::new(),
            options: BTreeMap::new(),
        }
    }

    /// Returns the scheme in lower case: which backend it is.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns the user name.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self.credentials.as_ref()? {
            Credentials::User(name) => Some(name.expose()),
            Credentials::UserAndPassword(name, _) => Some(name),
        }
    }

    /// Returns the password, hidden by its type.
    #[must_use]
    pub fn password(&self) -> Option<&Secret> {
        match self.credentials.as_ref()? {
            Credentials::User(_) => None,
            Credentials::UserAndPassword(_, password) => Some(password),
        }
    }

    /// Returns the hosts as they are written, each with its port if it has one; empty where the URL names none.
    #[must_use]
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Returns the path, decoded; empty where the URL has none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the options, to be taken one by one.
    #[must_use]
    pub fn options(&self) -> UrlOptions {
        UrlOptions::new(&self.scheme, &self.options)
    }

    /// Reads all options as a backend's configuration.
    ///
    /// Text becomes what each field asks for: a whole number, `true` or `false`, a variant's name, a text, or a `Duration`
    /// written as `250ms` (serde's own form of `Duration` is enough in the type). A number whose name ends in `_bytes` or
    /// `_payload` may be a size such as `64MiB`. An option without a field is refused, whether or not the type denies unknown fields;
    /// lists, nested tables and `#[serde(flatten)]` have no form in a URL.
    ///
    /// # Errors
    /// `InvalidConfig` if an option is unknown, missing, or not of its field's type; the message names it and what is
    /// accepted, and no value unless the field's own type does.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    /// use cache_facade::config::BackendUrl;
    ///
    /// #[derive(Default, serde::Deserialize)]
    /// #[serde(default)]
    /// struct Memory {
    ///     max_capacity: Option<u64>,
    ///     max_bytes: Option<u64>,
    ///     sweep_interval: Duration,
    /// }
    ///
    /// let url: BackendUrl = "moka://?max_bytes=64MiB&sweep_interval=5s".parse()?;
    /// let memory: Memory = url.options_as()?;
    /// assert_eq!((memory.max_capacity, memory.max_bytes), (None, Some(64 << 20)));
    /// assert_eq!(memory.sweep_interval, Duration::from_secs(5));
    ///
    /// let url: BackendUrl = "moka://?max_capacity=many".parse()?;
    /// assert_eq!(
    ///     url.options_as::<Memory>().err().map(|error| error.to_string()).as_deref(),
    ///     Some("invalid_config: backend `moka`: max_capacity: accepted is a whole number, not negative"),
    /// );
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn options_as<C: DeserializeOwned>(&self) -> Result<C> {
        let options = self
            .options
            .iter()
            .map(|(name, value)| (name.clone(), Node::text(value.expose(), Origin::Unknown)))
            .collect();
        C::deserialize(Reader::new(Node::table(options))).map_err(|problem| {
            let name = format!("backend `{}`", names::shown(&self.scheme));
            problem.into_error(Document {
                name: &name,
                text: "",
            })
        })
    }

    pub(super) fn read(text: &str) -> Checked<Self> {
        parse::url(text)
    }
}

impl FromStr for BackendUrl {
    type Err = Error;

    /// Reads the syntax of a URL; whether there is such a backend is checked by
    /// [`CacheConfig::validate`](super::CacheConfig::validate) and [`ensure_compiled_in`](super::ensure_compiled_in).
    ///
    /// # Errors
    /// `InvalidConfig` if it is malformed: the message says what is accepted, and shows no more of it than the scheme.
    fn from_str(text: &str) -> Result<Self> {
        Self::read(text).map_err(|reason| names::invalid(format!("backend: {reason}")))
    }
}

impl fmt::Display for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if !self.hosts.is_empty() || self.path.starts_with('/') {
            f.write_str("//")?;
        }
        match &self.credentials {
            None => {}
            Some(Credentials::User(name)) => write!(f, "{name}@")?,
            Some(Credentials::UserAndPassword(name, password)) => {
                write!(f, "{}:{password}@", percent::encode(name, ""))?;
            }
        }
        f.write_str(&self.hosts.join(","))?;
        f.write_str(&percent::encode(&self.path, "/"))?;
        for (index, (name, value)) in self.options.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            match value {
                OptionValue::Plain(text) => {
                    write!(f, "{mark}{name}={}", percent::encode(text, "/:,"))?;
                }
                OptionValue::Hidden(secret) => write!(f, "{mark}{name}={secret}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackendUrl({self})")
    }
}

#[cfg(test)]
mod tests;
