//! Where a configuration is read from, and which source overrules which.

use std::path::Path;

use cache_core::Result;
use serde::Deserialize;

use super::cache_config::CacheConfig;
use super::problem::Document;
use super::reader::Reader;
use super::tree::{self, Node};
use super::{environment, file, names};

impl CacheConfig {
    /// Reads a TOML file, then the environment over it: the usual way of a service.
    ///
    /// # Errors
    /// As [`from_toml_file`](Self::from_toml_file) and [`from_env`](Self::from_env).
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let path = std::env::temp_dir().join(format!("cache-doc-load-{}.toml", std::process::id()));
    /// std::fs::write(&path, "namespace = 'zkill'")?;
    /// let config = CacheConfig::load(&path, "ZKILL_CACHE")?;
    /// assert_eq!(config.namespace, "zkill");
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(path: impl AsRef<Path>, prefix: &str) -> Result<Self> {
        let variables = environment::of_the_process(prefix)?;
        Self::load_with(path.as_ref(), prefix, variables)
    }

    pub(super) fn load_with(
        path: &Path,
        prefix: &str,
        variables: Vec<(String, String)>,
    ) -> Result<Self> {
        let text = file::read(path)?;
        let name = path.display().to_string();
        let document = Document {
            name: &name,
            text: &text,
        };
        let mut settings =
            tree::from_toml(&text).map_err(|problem| problem.into_error(document))?;
        settings.overlay(environment::tree(prefix, variables)?);
        read(settings, document)
    }

    /// Reads TOML text.
    ///
    /// # Errors
    /// `InvalidConfig` if it is no TOML, has an unknown option, or a value out of range: the message says in which line,
    /// names the option, and what is accepted.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let error = CacheConfig::from_toml_str("[domains.character]\nttll = '1h'").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid_config: TOML, line 2: domains.character: unknown option `ttll`; \
    ///      accepted: `ttl`, `negative_ttl`, `codec`, `load_timeout`; did you mean `ttl`?"
    /// );
    /// ```
    pub fn from_toml_str(text: &str) -> Result<Self> {
        Self::from_document(Document { name: "TOML", text })
    }

    /// Reads a TOML file of at most 1 MiB.
    ///
    /// # Errors
    /// As [`from_toml_str`](Self::from_toml_str), naming the file; and `InvalidConfig` if the file is missing, unreadable,
    /// too long or not UTF-8, naming the reason.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let error = CacheConfig::from_toml_file("/no/such/cache.toml").unwrap_err();
    /// assert_eq!(error.to_string(), "invalid_config: /no/such/cache.toml: there is no such file");
    /// ```
    pub fn from_toml_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        Self::from_document(Document {
            name: &name,
            text: &file::read(path)?,
        })
    }

    fn from_document(document: Document<'_>) -> Result<Self> {
        let settings =
            tree::from_toml(document.text).map_err(|problem| problem.into_error(document))?;
        read(settings, document)
    }

    /// Reads the environment variables of this process that begin with `<prefix>__`, such as `CACHE__NAMESPACE` and
    /// `CACHE__LOAD_TIMEOUT__HARD` for the prefix `CACHE`; the rules are those of the [module](super#environment).
    ///
    /// # Errors
    /// `InvalidConfig` for a variable that is no option (the message names it and what is accepted) or whose value is not
    /// accepted; `InvalidArgument` for a prefix other than `[A-Z][A-Z0-9_]*` or with `_` at its end.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// // Nothing is set here, so it is the default.
    /// assert_eq!(CacheConfig::from_env("MY_SERVICE_CACHE")?, CacheConfig::default());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn from_env(prefix: &str) -> Result<Self> {
        Self::from_variables(prefix, environment::of_the_process(prefix)?)
    }

    /// Reads variables that are handed in, as [`from_env`](Self::from_env) reads those of the process.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let variables = [("CACHE__DOMAINS__CHARACTER__NEGATIVE_TTL", "5m"), ("CACHE_DIR", "/tmp")];
    /// let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    /// let config = CacheConfig::from_variables("CACHE", variables)?;
    /// assert_eq!(config.domains["character"].negative_ttl.map(|ttl| ttl.as_secs()), Some(300));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn from_variables(
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        read(environment::tree(prefix, variables)?, Document::NONE)
    }

    /// Makes a configuration of a backend's URL (or `env:NAME`), with the defaults for everything else.
    ///
    /// # Errors
    /// `InvalidConfig` if it is no URL, or of an unknown scheme. The message holds no more of it than the scheme.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let config = CacheConfig::from_url("moka://?max_capacity=100000")?;
    /// assert_eq!(config.backend.to_string(), "moka:?max_capacity=100000");
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn from_url(url: &str) -> Result<Self> {
        let config = Self {
            backend: url.parse()?,
            ..Self::default()
        };
        config.validate()?;
        Ok(config)
    }

    /// Writes every setting as TOML, defaults included and secrets as `***`: the effective configuration, to be shown.
    ///
    /// Where there are no secrets, [`from_toml_str`](Self::from_toml_str) reads the same configuration again; `***` it
    /// refuses.
    ///
    /// # Errors
    /// `InvalidConfig` if a setting has no form in TOML, which no setting of today is.
    ///
    /// # Example
    /// ```
    /// use cache_facade::config::CacheConfig;
    /// let text = CacheConfig::default().to_toml_redacted()?;
    /// assert!(text.contains("default_ttl = \"1h\""));
    /// assert_eq!(CacheConfig::from_toml_str(&text)?, CacheConfig::default());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn to_toml_redacted(&self) -> Result<String> {
        toml::to_string(self).map_err(|_| names::invalid("a setting has no form in TOML"))
    }
}

fn read(settings: Node, document: Document<'_>) -> Result<CacheConfig> {
    let config = CacheConfig::deserialize(Reader::new(settings))
        .map_err(|problem| problem.into_error(document))?;
    config.validate()?;
    Ok(config)
}
