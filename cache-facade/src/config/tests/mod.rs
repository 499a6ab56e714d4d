//! What holds for the configuration as a whole: each class of error, each source, and that documentation cannot drift.

mod drift;
mod environment;
mod secrets;
mod sources;
mod validation;

use cache_core::ErrorKind;

use super::CacheConfig;

/// Reads TOML that is refused, and returns what the error says.
fn refused(text: &str) -> String {
    let error = CacheConfig::from_toml_str(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    error.to_string().replace("invalid_config: ", "")
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn from_variables(pairs: &[(&str, &str)]) -> cache_core::Result<CacheConfig> {
    CacheConfig::from_variables("CACHE", variables(pairs))
}
