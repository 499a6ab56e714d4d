use std::time::Duration;

use cache_core::{ErrorKind, Ttl};

use super::{from_variables, variables};
use crate::config::CacheConfig;

fn refused(pairs: &[(&str, &str)]) -> String {
    let error = from_variables(pairs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    error.to_string().replace("invalid_config: ", "")
}

#[test]
fn text_becomes_what_each_option_is() {
    let config = from_variables(&[
        ("CACHE__NAMESPACE", "7"),
        ("CACHE__BACKEND", "moka://?max_capacity=5"),
        ("CACHE__DEFAULT_TTL", "never"),
        ("CACHE__MAX_PAYLOAD", "1MiB"),
        ("CACHE__MAX_FLIGHTS", "10"),
        ("CACHE__BYPASS", "true"),
        ("CACHE__LOAD_TIMEOUT__HARD", "9s"),
        ("CACHE__DOMAINS__SYSTEM_KILLS__TTL", "1h30m"),
        ("CACHE__DOMAINS__SYSTEM_KILLS__LOAD_TIMEOUT__SOFT", "1s"),
    ])
    .unwrap();
    assert_eq!(config.namespace, "7");
    assert_eq!(config.backend.to_string(), "moka:?max_capacity=5");
    assert_eq!(config.default_ttl, Ttl::Never);
    assert_eq!(
        (config.max_payload, config.max_flights, config.bypass),
        (1 << 20, 10, true)
    );
    assert_eq!(config.load_timeout.hard, Duration::from_secs(9));
    let domain = &config.domains["system_kills"];
    assert_eq!(domain.ttl, Some(Ttl::After(Duration::from_secs(5_400))));
    let timeout = domain.load_timeout_over(config.load_timeout);
    assert_eq!(
        (timeout.soft, timeout.hard),
        (Some(Duration::from_secs(1)), Duration::from_secs(9))
    );
}

#[test]
fn an_unknown_variable_names_itself_and_what_is_accepted() {
    for (name, expected) in [
        (
            "CACHE__NAMESPAEC",
            "environment variable CACHE__NAMESPAEC: unknown option `namespaec`; accepted: `namespace`, `backend`,",
        ),
        (
            "CACHE__LOAD_TIMEOUT__HRAD",
            "environment variable CACHE__LOAD_TIMEOUT__HRAD: load_timeout: unknown option `hrad`; accepted: `soft`, `hard`",
        ),
        (
            "CACHE__DOMAINS__CHARACTER__TTLL",
            "environment variable CACHE__DOMAINS__CHARACTER__TTLL: domains.character: unknown option `ttll`; accepted: `ttl`,",
        ),
        (
            "CACHE__Namespace",
            "environment variable CACHE__Namespace: accepted are capitals, digits and `_`",
        ),
        (
            "CACHE__",
            "environment variable CACHE__: accepted are capitals, digits and `_`",
        ),
        (
            "CACHE__LOAD_TIMEOUT__",
            "environment variable CACHE__LOAD_TIMEOUT__: accepted are capitals",
        ),
        (
            "CACHE__A__B__C__D__E",
            "environment variable CACHE__A__B__C__D__E: no option has that many levels",
        ),
        (
            "CACHE__DOMAINS__A__B__TTL",
            "environment variable CACHE__DOMAINS__A__B__TTL: domains.a: unknown option `b`",
        ),
        (
            "CACHE__DOMAINS__A___TTL",
            "environment variable CACHE__DOMAINS__A___TTL: domains.a: unknown option `_ttl`",
        ),
    ] {
        let error = refused(&[(name, "1s")]);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_value_that_is_not_accepted_names_the_variable() {
    for (name, expected) in [
        (
            "CACHE__DEADLINE",
            "environment variable CACHE__DEADLINE: deadline: no duration; accepted is a duration such as `250ms`",
        ),
        (
            "CACHE__BYPASS",
            "environment variable CACHE__BYPASS: bypass: accepted is `true` or `false`",
        ),
        (
            "CACHE__MAX_FLIGHTS",
            "environment variable CACHE__MAX_FLIGHTS: max_flights: accepted is a whole number, not negative",
        ),
        (
            "CACHE__LOAD_TIMEOUT",
            "environment variable CACHE__LOAD_TIMEOUT: load_timeout: accepted is a table",
        ),
        (
            "CACHE__DOMAINS",
            "environment variable CACHE__DOMAINS: domains: accepted is a table",
        ),
        (
            "CACHE__DOMAINS__A",
            "environment variable CACHE__DOMAINS__A: domains.a: accepted is a table",
        ),
        (
            "CACHE__CODEC",
            "environment variable CACHE__CODEC: codec: unknown codec; accepted is `bincode`, `postcard` or `json`",
        ),
        (
            "CACHE__BACKEND__URL",
            "environment variable CACHE__BACKEND__URL: backend: accepted is a URL such as",
        ),
    ] {
        let error = refused(&[(name, "hunter2")]);
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(refused(&[("CACHE__DEADLINE", "")]).contains("deadline: an empty text"));
}

#[test]
fn an_option_and_what_is_inside_it_are_not_set_both() {
    let both = [
        ("CACHE__LOAD_TIMEOUT", "1s"),
        ("CACHE__LOAD_TIMEOUT__HARD", "1s"),
    ];
    let expected = "environment variable CACHE__LOAD_TIMEOUT__HARD: another variable sets the option around it";
    assert_eq!(refused(&both), expected);
    // `_` sorts before letters, so this order meets the longer name first.
    let both = [
        ("CACHE__A__B", "1s"),
        ("CACHE__A", "1s"),
        ("CACHE__A_", "1s"),
    ];
    assert!(refused(&both).contains("another variable sets the option around it"));
}

#[test]
fn variables_of_others_are_left_alone() {
    let config = from_variables(&[
        ("CACHE_TEST_REDIS_URL", "redis://:hunter2@h"),
        ("CACHE_TEST_REDIS", "local"),
        ("CACHE_SOAK", "1"),
        ("CACHE_DIR", "/tmp"),
        ("CACHE", "x"),
        ("CACHED__NAMESPACE", "x"),
        ("cache__namespace", "x"),
        ("XCACHE__NAMESPACE", "x"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(config.unwrap(), CacheConfig::default());
}

#[test]
fn an_option_after_a_single_underscore_is_not_silently_without_effect() {
    for (name, meant) in [
        ("CACHE_NAMESPACE", "CACHE__NAMESPACE"),
        ("CACHE_LOAD_TIMEOUT__HARD", "CACHE__LOAD_TIMEOUT__HARD"),
        (
            "CACHE_DOMAINS__CHARACTER__TTL",
            "CACHE__DOMAINS__CHARACTER__TTL",
        ),
    ] {
        let expected =
            format!("environment variable {name}: it is without effect; did you mean `{meant}`?");
        assert_eq!(refused(&[(name, "1s")]), expected);
    }
}

#[test]
fn a_prefix_is_written_like_a_variable() {
    for prefix in ["", "cache", "1CACHE", "CACHE_", "CACHE__", "MY-CACHE"] {
        let error = CacheConfig::from_variables(prefix, variables(&[])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{prefix}");
    }
    let config = CacheConfig::from_variables("MY_APP2", variables(&[("MY_APP2__NAMESPACE", "x")]));
    assert_eq!(config.unwrap().namespace, "x");
}

#[test]
fn the_environment_of_the_process_is_read() {
    // Cargo sets these for tests; none is an option of a cache.
    assert_eq!(
        CacheConfig::from_env("CARGO").unwrap(),
        CacheConfig::default()
    );
    assert!(CacheConfig::from_env("cargo").is_err());
}

#[cfg(unix)]
#[test]
fn only_a_variable_of_ours_has_to_be_utf_8() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use crate::config::environment;

    let not_utf_8 = || OsString::from_vec(vec![b'x', 0xFF]);
    let read = |name: OsString| environment::utf_8("CACHE", [(name, not_utf_8())].into_iter());
    assert_eq!(read("CACHE_DIR".into()).unwrap(), []);
    assert_eq!(read(not_utf_8()).unwrap(), []);
    assert_eq!(
        read("CACHE__NAMESPACE".into()).unwrap_err().to_string(),
        "invalid_config: environment variable CACHE__NAMESPACE: its value is not UTF-8"
    );
    let name = OsString::from_vec(b"CACHE__\xFF".to_vec());
    assert!(read(name).is_err());
}
