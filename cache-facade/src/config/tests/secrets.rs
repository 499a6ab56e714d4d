//! Trap 48: a secret is in no output, whatever goes wrong and wherever it was put by mistake.

use super::{from_variables, refused};
use crate::config::{CacheConfig, Secret};

/// A URL of a scheme that no release has.
const UNKNOWN_URL: &str = "memcached://app:hunter2@h/0?sentinel_password=hunter2";
const URL: &str = "redis://app:hunter2@h/0?sentinel_password=hunter2";

#[test]
fn debug_display_and_toml_of_a_configuration_hide_them() {
    let config = CacheConfig {
        backend: URL.parse().unwrap(),
        ..CacheConfig::default()
    };
    let toml = config.to_toml_redacted().unwrap();
    for text in [
        format!("{config:?}"),
        format!("{config:#?}"),
        config.backend.to_string(),
        toml.clone(),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            text.contains("redis://app:***@h/0?sentinel_password=***"),
            "{text}"
        );
    }
    // What was hidden is not taken for the secret.
    assert!(refused(&toml).contains("`***` stands where the secret should be"));
}

#[test]
fn an_error_holds_no_value_of_any_option() {
    for line in [
        "backend = 'memcached://app:hunter2@h'",
        "backend = 'redis://app:hunter2 @h'",
        "backend = 'hunter2'",
        "backend = ['redis://app:hunter2@h']",
        "backend = { url = 'redis://app:hunter2@h' }",
        "backend = redis://app:hunter2@h",
        "backend = 'redis://app:hunter2@h",
        "backend = 'x:' 'redis://app:hunter2@h'",
        "'redis://app:hunter2@h' = 'backend'",
        "'redis://app:hunter2@h' = 1\n'redis://app:hunter2@h' = 2",
        "bypass = true\nbypass.'redis://app:hunter2@h' = 2",
        "hunter2@h",
        "[hunter2@h",
        "deadline = \"\\hunter2\"",
        "domains = 'redis://app:hunter2@h'",
        "domains.'redis://app:hunter2@h' = {}",
        "domains.'redis://app:hunter2@h'.ttl = 1",
        "load_timeout = 'redis://app:hunter2@h'",
        "load_timeout.soft = 'redis://app:hunter2@h'",
        "load_timeout.hard = 'redis://app:hunter2@h'",
        "default_ttl = 'redis://app:hunter2@h'",
        "deadline = 'redis://app:hunter2@h'",
        "max_payload = 'redis://app:hunter2@h'",
        "max_flights = 'redis://app:hunter2@h'",
        "bypass = 'redis://app:hunter2@h'",
        "codec = 'redis://app:hunter2@h'",
        "namespace = ['redis://app:hunter2@h']",
    ] {
        let error = CacheConfig::from_toml_str(line).unwrap_err();
        for text in [
            error.to_string(),
            format!("{error:?}"),
            format!("{error:#?}"),
        ] {
            assert!(!text.contains("hunter2"), "{line}: {text}");
        }
    }
}

#[test]
fn an_error_of_the_environment_or_of_a_url_holds_no_value() {
    for name in [
        "CACHE__BACKEND",
        "CACHE__MAX_FLIGHTS",
        "CACHE__UNKNOWN",
        "CACHE_NAMESPACE",
    ] {
        let error = from_variables(&[(name, UNKNOWN_URL)]).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    for url in [
        UNKNOWN_URL,
        "hunter2",
        "moka://:hunter2@h",
        "redis://:hunter2@",
        "redis://h?hunter2",
    ] {
        let error = CacheConfig::from_url(url).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_secret_hides_itself() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** *** ***");
    let text = toml::Value::try_from(secret).unwrap();
    assert_eq!(text.as_str(), Some("***"));
}
