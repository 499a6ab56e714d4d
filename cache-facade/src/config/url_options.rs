//! The options after the `?` of a backend's URL, each taken by who knows what it means.

use std::collections::BTreeMap;
use std::str::FromStr;

use cache_core::{Result, Secret};

use super::names;

/// An option whose name, or its last word, is one of these holds a secret.
#[rustfmt::skip]
const SECRET_WORDS: [&str; 9] =
    ["password", "passphrase", "pass", "pwd", "secret", "token", "key", "auth", "credentials"];

/// The value of an option; whether it is a secret is decided once, by its name.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum OptionValue {
    Plain(String),
    Hidden(Secret),
}

impl OptionValue {
    pub(super) fn new(name: &str, text: String) -> Self {
        let last_word = name.rsplit('_').next().unwrap_or(name);
        if SECRET_WORDS.contains(&last_word) {
            Self::Hidden(Secret::new(text))
        } else {
            Self::Plain(text)
        }
    }

    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Hidden(secret) => secret.expose(),
        }
    }
}

/// The options of a [`BackendUrl`](super::BackendUrl): each is [taken](Self::take) by its name, and [`finish`](Self::finish)
/// refuses what nobody took.
///
/// # Example
/// ```
/// use cache_facade::config::BackendUrl;
/// let url: BackendUrl = "moka://?max_capacity=100000".parse()?;
/// let mut options = url.options();
/// assert_eq!(options.take::<u64>("max_capacity", "a whole number")?, Some(100_000));
/// assert_eq!(options.take::<String>("policy", "`tinylfu` or `lru`")?, None);
/// options.finish()?;
///
/// let url: BackendUrl = "moka://?max_capacty=5".parse()?;
/// let mut options = url.options();
/// options.take::<u64>("max_capacity", "a whole number")?;
/// let error = options.finish().unwrap_err();
/// assert!(error.to_string().ends_with(
///     "unknown option `max_capacty`; accepted: `max_capacity`; did you mean `max_capacity`?"
/// ));
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone)]
pub struct UrlOptions {
    scheme: String,
    left: BTreeMap<String, OptionValue>,
    known: Vec<&'static str>,
}

impl UrlOptions {
    pub(super) fn new(scheme: &str, options: &BTreeMap<String, OptionValue>) -> Self {
        Self {
            scheme: scheme.to_owned(),
            left: options.clone(),
            known: Vec::new(),
        }
    }

    /// Takes an option out; `None` if the URL does not have it. `accepted` says in the error what it can be.
    ///
    /// # Errors
    /// `InvalidConfig` if its text is not a `T`. The message names the option and not its value.
    pub fn take<T: FromStr>(&mut self, name: &'static str, accepted: &str) -> Result<Option<T>> {
        self.known.push(name);
        let Some(value) = self.left.remove(name) else {
            return Ok(None);
        };
        value.expose().parse().map(Some).map_err(|_| {
            names::invalid(format!(
                "backend `{}`: {name}: accepted is {accepted}",
                names::shown(&self.scheme)
            ))
        })
    }

    /// Ends the reading of options.
    ///
    /// # Errors
    /// `InvalidConfig` if an option was never asked for. The message names it and those that were.
    pub fn finish(self) -> Result<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(names::invalid(format!(
                "backend `{}`: {}",
                names::shown(&self.scheme),
                names::unknown("option", name, self.known.iter().copied())
            ))),
        }
    }
}

impl std::fmt::Debug for UrlOptions {
    /// Shows names alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.left.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BackendUrl;

    fn options(url: &str) -> UrlOptions {
        url.parse::<BackendUrl>().unwrap().options()
    }

    #[test]
    fn a_value_of_another_type_names_the_option_and_what_is_accepted() {
        let mut options = options("moka:?max_capacity=lots");
        let error = options
            .take::<u64>("max_capacity", "a whole number")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid_config: backend `moka`: max_capacity: accepted is a whole number"
        );
    }

    #[test]
    fn a_scheme_without_options_accepts_none() {
        assert!(options("none:").finish().is_ok());
        assert_eq!(
            options("none:?x=1").finish().unwrap_err().to_string(),
            "invalid_config: backend `none`: unknown option `x`; accepted: none"
        );
    }

    #[test]
    fn secrets_are_told_by_their_names() {
        let mut options = options("x:?sentinel_password=hunter2&user=eve");
        assert!(!format!("{options:?}").contains("hunter2"));
        let Ok(Some(secret)) = options.take::<Secret>("sentinel_password", "a text") else {
            panic!("it is there");
        };
        assert_eq!(secret.expose(), "hunter2");
    }
}
