use std::time::Duration;

use cache_core::codec::DECODE_LIMIT;
use cache_core::{CodecKind, ErrorKind, Judge, MAX_TTL, Ttl};

use super::refused;
use crate::config::CacheConfig;

#[test]
fn the_defaults_are_valid_and_those_of_the_core() {
    let config = CacheConfig::default();
    config.validate().unwrap();
    assert_eq!(config.clock_tolerance, Judge::DEFAULT_TOLERANCE);
}

#[test]
fn zero_is_refused_where_it_makes_no_sense() {
    for option in [
        "max_ttl",
        "negative_ttl",
        "deadline",
        "clear_deadline",
        "load_timeout.hard",
        "domains.a.negative_ttl",
        "domains.a.load_timeout.hard",
    ] {
        let expected =
            format!("{option}: accepted is a duration above zero, at most 10 years (3650d)");
        assert_eq!(refused(&format!("{option} = '0s'")), expected);
        assert_eq!(refused(&format!("{option} = '3651d'")), expected);
        CacheConfig::from_toml_str(&format!("{option} = '3650d'")).unwrap();
        CacheConfig::from_toml_str(&format!("{option} = '1ns'")).unwrap();
    }
    for option in ["close_grace", "clock_tolerance"] {
        CacheConfig::from_toml_str(&format!("{option} = '0s'")).unwrap();
        let expected = format!("{option}: accepted is a duration of at most 10 years (3650d)");
        assert_eq!(refused(&format!("{option} = '3651d'")), expected);
    }
    assert_eq!(
        refused("max_flights = 0"),
        "max_flights: accepted is a whole number above zero"
    );
    assert_eq!(MAX_TTL, Duration::from_secs(3_650 * 86_400));
}

#[test]
fn a_time_to_live_of_zero_is_refused_and_default_stands_for_something() {
    assert_eq!(
        refused("default_ttl = '0s'"),
        "default_ttl: accepted is a duration above zero, or `never`"
    );
    assert_eq!(
        refused("default_ttl = 'default'"),
        "default_ttl: accepted is a duration above zero, or `never`"
    );
    let expected = "domains.a.ttl: accepted is a duration above zero, `never` or `default`";
    assert_eq!(refused("domains.a.ttl = '0s'"), expected);
    // The core cuts what is longer than its longest.
    let config = CacheConfig::from_toml_str("default_ttl = '5000d'").unwrap();
    assert_eq!(
        config.default_ttl.resolve(Ttl::Never).unwrap(),
        Ttl::After(MAX_TTL)
    );
}

#[test]
fn soft_is_below_hard_for_the_cache_and_for_each_domain() {
    for text in [
        "load_timeout.soft = '30s'",
        "load_timeout.soft = '31s'",
        "load_timeout = { soft = '1s', hard = '1s' }",
    ] {
        assert_eq!(
            refused(text),
            "load_timeout.soft: accepted is a duration below load_timeout.hard, or `none`"
        );
    }
    for text in [
        "domains.a.load_timeout.soft = '30s'",
        "load_timeout.soft = '5s'\ndomains.a.load_timeout.hard = '5s'",
    ] {
        assert!(
            refused(text).starts_with("domains.a.load_timeout.soft: accepted is"),
            "{text}"
        );
    }
    for text in [
        "load_timeout.soft = '29s'",
        "load_timeout.soft = '0s'",
        "load_timeout.soft = 'none'",
    ] {
        CacheConfig::from_toml_str(text).unwrap();
    }
}

#[test]
fn sizes_end_where_decoding_does() {
    for size in ["0", "'0B'", "'65MiB'", "67108865"] {
        let error = refused(&format!("max_payload = {size}"));
        assert_eq!(error, "max_payload: accepted are 1 byte to 64 MiB");
    }
    let config = CacheConfig::from_toml_str("max_payload = '64MiB'").unwrap();
    assert_eq!(usize::try_from(config.max_payload), Ok(DECODE_LIMIT));
}

#[test]
fn names_follow_the_grammar_of_the_core() {
    let long = "n".repeat(129);
    for namespace in ["", &long] {
        let error = refused(&format!("namespace = '{namespace}'"));
        assert_eq!(error, "namespace: accepted are 1 to 128 bytes of text");
    }
    for domain in ["Character", "1a", "a-b", "_cache"] {
        let expected = format!(
            "domains.{domain}: accepted as a domain's name is `[a-z][a-z0-9_]*` of at most 64 bytes"
        );
        assert_eq!(refused(&format!("[domains.{domain}]")), expected);
    }
}

#[test]
fn a_backend_that_this_release_does_not_have_is_refused_with_those_it_has() {
    for scheme in ["rocksdb", "memcached"] {
        let error = CacheConfig::from_url(&format!("{scheme}://h")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        let expected =
            format!("backend: unknown scheme `{scheme}`; accepted: `moka`, `none`, `redis`, ");
        assert!(error.to_string().contains(&expected), "{error}");
    }
    assert!(refused("backend = 'mokka:'").contains("did you mean `moka`?"));
}

#[test]
fn a_misspelt_domain_is_refused_with_the_list_and_the_nearest() {
    let config = CacheConfig::from_toml_str("[domains.charcter]").unwrap();
    let error = config
        .check_domains(&["alliance", "character"])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().ends_with(
        "domains: unknown domain `charcter`; accepted: `alliance`, `character`; did you mean `character`?"
    ));
    let error = config.check_domains(&["system"]).unwrap_err().to_string();
    assert!(
        error.ends_with("unknown domain `charcter`; accepted: `system`"),
        "{error}"
    );
    let error = config.check_domains(&[]).unwrap_err().to_string();
    assert!(
        error.ends_with("unknown domain `charcter`; accepted: none"),
        "{error}"
    );
    config.check_domains(&["charcter"]).unwrap();
    CacheConfig::default().check_domains(&[]).unwrap();
}

#[test]
fn a_codec_is_accepted_where_it_is_compiled_in() {
    for kind in CodecKind::ALL {
        let name = kind.as_str();
        for option in ["codec", "domains.a.codec"] {
            let text = format!("{option} = '{name}'");
            if kind.is_available() {
                let config = CacheConfig::from_toml_str(&text).unwrap();
                let of_a_domain = config.domains.get("a").and_then(|domain| domain.codec);
                assert_eq!(config.codec.or(of_a_domain), Some(kind));
            } else {
                assert_eq!(
                    refused(&text),
                    format!(
                        "{option}: the codec `{name}` is not compiled in; it needs the feature `codec-{name}`"
                    )
                );
            }
        }
    }
}
