//! Configuration: plain data, read from TOML, from the environment and from a URL, checked before it is used.
//!
//! [`CacheConfig`] holds what can be written as data; what is code (loaders, a clock, a store of one's own) belongs to the
//! builder, and no setting is in both. The environment overrules TOML; a setting here overrules what a type says of
//! itself, and what a loader or a call says overrules both.
//!
//! An unknown option is an error that names it, says where it stands and lists what is accepted, wherever it comes from.
//! No error and no `Debug` output holds a value: a setting in the wrong place may be a password.
//!
//! Not here on purpose: opening a backend, and what its options mean. A backend's own configuration is read from the
//! options of its URL by [`BackendUrl::options_as`].
//!
//! # Environment
//!
//! A variable is `<PREFIX>__<OPTION>`, in capitals; each further level is another `__`. With the prefix `CACHE`:
//!
//! | option | variable |
//! |---|---|
//! | `namespace` | `CACHE__NAMESPACE` |
//! | `load_timeout.hard` | `CACHE__LOAD_TIMEOUT__HARD` |
//! | `domains.character.ttl` | `CACHE__DOMAINS__CHARACTER__TTL` |
//!
//! Every variable that begins with `CACHE__` must be a known option. Any other, such as `CACHE_DIR`, belongs to somebody
//! else and is left alone, except that an option's name after a single underscore (`CACHE_NAMESPACE`) is refused: it
//! would be silently without effect. A set but empty variable is an empty value, not an unset one. A domain whose name
//! holds `__` or ends with `_` cannot be configured from the environment.

mod cache_config;
mod domain;
mod sources;
mod table;

mod backend;
mod backend_url;
mod schemes;
mod url_options;

mod validate;

mod byte_size;
mod codec;
mod duration;
mod leaf;
mod ttl;

mod environment;
mod file;
mod names;
mod percent;
mod problem;
mod reader;
mod tree;

#[cfg(test)]
mod tests;

pub use backend::BackendConfig;
pub use backend_url::BackendUrl;
pub use cache_config::{CacheConfig, LoadTimeout};
pub use cache_core::Secret;
pub use domain::{DomainConfig, LoadTimeoutOverride};
pub use schemes::ensure_compiled_in;
pub use table::defaults_table;
pub use url_options::UrlOptions;
