//! Which backend a cache uses: a URL, or the name of the variable that holds it.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use cache_core::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::backend_url::BackendUrl;
use super::leaf::{self, Checked};
use super::{names, schemes};

const ACCEPTED: &str = "a URL such as `moka://?max_capacity=100000` or `none:`, or `env:NAME`";
const VARIABLE_SCHEME: &str = "env:";
const BAD_VARIABLE: &str =
    "`env:` without a variable's name; accepted is `env:NAME`, letters, digits and `_`";

/// Which backend a cache uses, written as one text: a URL, or `env:NAME`, the variable that holds the URL, so that secrets
/// stay out of files and arguments. Default: `moka:`.
///
/// # Example
/// ```
/// use cache_facade::config::BackendConfig;
/// let backend: BackendConfig = "none:".parse()?;
/// assert_eq!(backend.url()?.scheme(), "none");
/// let backend: BackendConfig = "env:CACHE_URL_THAT_NOBODY_SET".parse()?;
/// assert!(backend.url().is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackendConfig {
    /// The URL itself.
    Url(BackendUrl),
    /// The name of the environment variable that holds the URL, read when the backend is opened.
    Variable(String),
}

impl BackendConfig {
    /// Returns the URL of the backend, read from the environment where a variable holds it. This is the last step before
    /// a backend is opened.
    ///
    /// # Errors
    /// `InvalidConfig` if the variable is not set or holds no URL, or if the scheme is unknown or not compiled in. Only
    /// the variable's name and the scheme are told.
    pub fn url(&self) -> Result<BackendUrl> {
        self.url_with(|name| std::env::var_os(name))
    }

    pub(super) fn url_with(
        &self,
        variable: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<BackendUrl> {
        self.check()?;
        let url = match self {
            Self::Url(url) => url.clone(),
            Self::Variable(name) => {
                let text = variable(name).map(OsString::into_string);
                let read = match &text {
                    None => Err("it is not set; accepted is the URL of a backend".into()),
                    Some(Err(_)) => Err("its value is not UTF-8".into()),
                    Some(Ok(text)) => BackendUrl::read(text),
                };
                let url = read.map_err(|reason| in_variable(name, &reason))?;
                check_url(&url)?;
                url
            }
        };
        schemes::ensure_compiled_in(url.scheme())?;
        Ok(url)
    }

    /// Checks what can be checked without the environment.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Url(url) => check_url(url),
            Self::Variable(name) if is_variable_name(name) => Ok(()),
            Self::Variable(_) => Err(names::invalid(format!("backend: {BAD_VARIABLE}"))),
        }
    }

    fn read(text: &str) -> Checked<Self> {
        match text.strip_prefix(VARIABLE_SCHEME) {
            Some(name) if is_variable_name(name) => Ok(Self::Variable(name.to_owned())),
            Some(_) => Err(BAD_VARIABLE.into()),
            None => BackendUrl::read(text).map(Self::Url),
        }
    }
}

fn in_variable(name: &str, reason: &str) -> Error {
    names::invalid(format!(
        "backend: environment variable {}: {reason}",
        names::shown(name)
    ))
}

fn check_url(url: &BackendUrl) -> Result<()> {
    let scheme = schemes::find(url.scheme())?;
    let has_place = !url.hosts().is_empty() || !url.path().is_empty();
    if has_place && !scheme.has_place {
        return Err(names::invalid(format!(
            "backend: `{0}` has neither host nor path; accepted is `{0}:` or `{0}://?option=value`",
            scheme.name
        )));
    }
    Ok(())
}

fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Default for BackendConfig {
    /// The in-process backend with its own defaults, `moka:`.
    fn default() -> Self {
        Self::Url(BackendUrl::moka())
    }
}

impl From<BackendUrl> for BackendConfig {
    fn from(url: BackendUrl) -> Self {
        Self::Url(url)
    }
}

impl FromStr for BackendConfig {
    type Err = Error;

    /// Reads a URL's syntax, or `env:NAME`.
    ///
    /// # Errors
    /// `InvalidConfig` if it is neither; the message shows no more of it than the scheme.
    fn from_str(text: &str) -> Result<Self> {
        Self::read(text).map_err(|reason| names::invalid(format!("backend: {reason}")))
    }
}

impl fmt::Display for BackendConfig {
    /// Writes the form that it is read from, with `***` for secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Variable(name) => write!(f, "{VARIABLE_SCHEME}{name}"),
        }
    }
}

impl Serialize for BackendConfig {
    /// Writes the text with `***` for secrets.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BackendConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        leaf::read(from, ACCEPTED, Self::read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url_of(text: &str, value: Option<&str>) -> Result<BackendUrl> {
        let backend: BackendConfig = text.parse()?;
        backend.url_with(|name| {
            assert_eq!(name, "APP_CACHE_URL");
            value.map(OsString::from)
        })
    }

    #[test]
    fn a_variable_is_shown_by_its_name_and_read_when_the_url_is_asked_for() {
        let backend: BackendConfig = "env:APP_CACHE_URL".parse().unwrap();
        assert_eq!(backend.to_string(), "env:APP_CACHE_URL");
        let url = url_of("env:APP_CACHE_URL", Some("none:?x=1")).unwrap();
        assert_eq!(url.to_string(), "none:?x=1");
    }

    #[test]
    fn only_what_is_compiled_in_has_a_url_to_open() {
        let backend = BackendConfig::default();
        backend.check().unwrap();
        match backend.url() {
            Ok(url) => assert!(cfg!(feature = "moka") && url.scheme() == "moka"),
            Err(error) => assert!(error.to_string().ends_with("needs the feature `moka`")),
        }
        assert_eq!(backend.url().is_ok(), cfg!(feature = "moka"));
    }

    #[test]
    fn what_is_wrong_with_a_variable_is_told_without_its_value() {
        for (value, expected) in [
            (None, "environment variable APP_CACHE_URL: it is not set"),
            (
                Some("hunter2"),
                "environment variable APP_CACHE_URL: no URL",
            ),
            (Some("env:hunter2"), "unknown scheme `env`"),
            (
                Some("valkey://:hunter2@h"),
                "unknown scheme `valkey`; accepted: `moka`, `none`, `redis`",
            ),
            (
                Some("moka://:hunter2@h"),
                "`moka` has neither host nor path",
            ),
        ] {
            let error = url_of("env:APP_CACHE_URL", value).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_name_that_no_variable_has_is_refused() {
        for text in ["env:", "env:1A", "env:A B", "env://A", "env:A=B"] {
            let error = text.parse::<BackendConfig>().unwrap_err().to_string();
            assert!(error.contains("accepted is `env:NAME`"), "{error}");
        }
        assert!(BackendConfig::Variable("A B".to_owned()).check().is_err());
    }

    #[test]
    fn what_lives_in_the_process_has_no_place() {
        for text in ["moka://localhost", "moka:///tmp", "none:x"] {
            let backend: BackendConfig = text.parse().unwrap();
            let error = backend.check().unwrap_err().to_string();
            assert!(error.contains("has neither host nor path"), "{error}");
        }
    }
}
