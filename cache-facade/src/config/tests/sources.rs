use std::path::PathBuf;
use std::time::Duration;

use cache_core::{ErrorKind, Ttl};
use proptest::prelude::*;

use super::{refused, variables};
use crate::config::CacheConfig;

/// A file that is gone when the test ends.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("cache-config-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const EVERYTHING: &str = r#"
    namespace = "zkill"
    backend = "env:ZKILL_CACHE_URL"
    default_ttl = "2h"
    negative_ttl = "30s"
    deadline = "100ms"
    clear_deadline = "10s"
    close_grace = "0s"
    clock_tolerance = "0s"
    max_payload = 1048576
    max_flights = 1_000
    bypass = true

    [load_timeout]
    soft = "0s"
    hard = "10s"

    [domains.character]
    ttl = "default"
    negative_ttl = "1m"
    load_timeout = { hard = "20s" }
"#;

#[test]
fn every_option_is_read_from_toml_and_written_again() {
    let config = CacheConfig::from_toml_str(EVERYTHING).unwrap();
    assert_eq!(config.namespace, "zkill");
    assert_eq!(config.default_ttl, Ttl::After(Duration::from_secs(7_200)));
    assert_eq!(
        (config.close_grace, config.clock_tolerance),
        (Duration::ZERO, Duration::ZERO)
    );
    assert_eq!((config.max_payload, config.max_flights), (1 << 20, 1_000));
    assert_eq!(config.load_timeout.soft, Some(Duration::ZERO));
    let character = &config.domains["character"];
    assert_eq!(character.ttl, Some(Ttl::Default));
    assert_eq!(
        character.load_timeout_over(config.load_timeout).hard,
        Duration::from_secs(20)
    );
    let written = config.to_toml_redacted().unwrap();
    assert_eq!(CacheConfig::from_toml_str(&written).unwrap(), config);
}

#[test]
fn nothing_written_is_the_default() {
    assert_eq!(
        CacheConfig::from_toml_str("").unwrap(),
        CacheConfig::default()
    );
}

#[test]
fn an_unknown_option_is_named_with_its_line_and_what_is_accepted() {
    for (text, expected) in [
        (
            "\nnamespac = 'x'",
            "TOML, line 2: unknown option `namespac`; accepted: `namespace`, `backend`,",
        ),
        (
            "[load_timeout]\nhrd = '1s'",
            "TOML, line 2: load_timeout: unknown option `hrd`; accepted: `soft`, `hard`; did you mean `hard`?",
        ),
        (
            "[domains.a]\n\n\nttl_ = '1s'",
            "TOML, line 4: domains.a: unknown option `ttl_`; accepted: `ttl`, `negative_ttl`, `codec`, `load_timeout`; did you mean `ttl`?",
        ),
        (
            "domains.a.load_timeout.sof = 1",
            "TOML, line 1: domains.a.load_timeout: unknown option `sof`",
        ),
        (
            "[cache]\nnamespace = 'x'",
            "TOML, line 1: unknown option `cache`; accepted:",
        ),
        ("x.y.z = 1", "TOML, line 1: unknown option `x`"),
    ] {
        let error = refused(text);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_value_of_another_type_is_named_with_its_line() {
    for (text, expected) in [
        (
            "\ndeadline = 250",
            "TOML, line 2: deadline: a number without a unit; accepted is a duration such as",
        ),
        (
            "deadline = true",
            "TOML, line 1: deadline: accepted is a duration such as",
        ),
        (
            "deadline = 'soon'",
            "TOML, line 1: deadline: no duration; accepted is",
        ),
        (
            "default_ttl = 'soon'",
            "TOML, line 1: default_ttl: no duration; accepted is",
        ),
        (
            "namespace = 7",
            "TOML, line 1: namespace: accepted is a text",
        ),
        (
            "bypass = 1",
            "TOML, line 1: bypass: accepted is `true` or `false`",
        ),
        (
            "max_flights = -1",
            "TOML, line 1: max_flights: accepted is a whole number, not negative",
        ),
        (
            "max_flights = 1.5",
            "TOML, line 1: max_flights: accepted is a whole number, not negative",
        ),
        (
            "max_flights = 99999999999999999999",
            "TOML, line 1: max_flights: accepted is a whole number",
        ),
        (
            "max_payload = -1",
            "TOML, line 1: max_payload: accepted is a number of bytes",
        ),
        (
            "max_payload = '8MB'",
            "TOML, line 1: max_payload: accepted is a number of bytes",
        ),
        (
            "load_timeout = '5s'",
            "TOML, line 1: load_timeout: accepted is a table",
        ),
        (
            "load_timeout.soft = 'off'",
            "TOML, line 1: load_timeout.soft: no duration",
        ),
        (
            "deadline = 2026-01-01",
            "TOML, line 1: deadline: accepted is a duration such as",
        ),
        ("domains = []", "TOML, line 1: domains: accepted is a table"),
    ] {
        let error = refused(text);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn what_is_no_toml_names_its_line() {
    for text in [
        "a = 1\nb = ",
        "a = 1\na = 2",
        "\n[domains.character",
        "\n= 1",
    ] {
        let error = refused(text);
        assert!(
            error.starts_with("TOML, line 2: no TOML: "),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_environment_overrules_the_file() {
    let file = TempFile::new("overrules", EVERYTHING.as_bytes());
    let environment = variables(&[
        ("CACHE__BACKEND", "none:"),
        ("CACHE__LOAD_TIMEOUT__SOFT", "none"),
        ("CACHE__DOMAINS__CHARACTER__TTL", "3h"),
        ("CACHE__DOMAINS__SYSTEM__TTL", "never"),
    ]);
    let config = CacheConfig::load_with(&file.0, "CACHE", environment).unwrap();
    assert_eq!(config.backend.to_string(), "none:");
    assert_eq!(
        (config.load_timeout.soft, config.load_timeout.hard),
        (None, Duration::from_secs(10))
    );
    let character = &config.domains["character"];
    assert_eq!(character.ttl, Some(Ttl::After(Duration::from_secs(10_800))));
    assert_eq!(character.negative_ttl, Some(Duration::from_secs(60)));
    assert_eq!(config.domains["system"].ttl, Some(Ttl::Never));
    assert_eq!(config.namespace, "zkill");
}

#[test]
fn an_error_tells_the_file_from_the_environment() {
    let file = TempFile::new("tells", b"deadline = '1s'\nnegative_ttl = 5");
    let path = file.0.display();
    let error = CacheConfig::load_with(&file.0, "CACHE", Vec::new())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("invalid_config: {path}, line 2: negative_ttl: ")),
        "{error}"
    );
    let environment = variables(&[("CACHE__NEGATIVE_TTL", "5")]);
    let error = CacheConfig::load_with(&file.0, "CACHE", environment)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("invalid_config: environment variable CACHE__NEGATIVE_TTL: "),
        "{error}"
    );
}

#[test]
fn a_file_that_cannot_be_read_names_itself_and_the_reason() {
    let long = TempFile::new("long", &vec![b'#'; (1 << 20) + 1]);
    let longest = TempFile::new("longest", &vec![b'#'; 1 << 20]);
    let binary = TempFile::new("binary", b"namespace = '\xff'");
    let directory = std::env::temp_dir();
    for (path, reason) in [
        (
            &PathBuf::from("/no/such/cache.toml"),
            "there is no such file",
        ),
        (&directory, "it cannot be read ("),
        (&long.0, "longer than 1 MiB"),
        (&binary.0, "it is not UTF-8"),
    ] {
        let error = CacheConfig::from_toml_file(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        let text = error.to_string();
        assert!(
            text.contains(&path.display().to_string()) && text.contains(reason),
            "{text}"
        );
    }
    assert!(CacheConfig::from_toml_file(&longest.0).is_ok());
}

/// The parser bounds the depth of a document, and so the stack that its tree needs.
#[test]
fn a_deep_document_is_refused_and_not_followed() {
    for text in [
        "a.".repeat(100_000) + "b = 1",
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{b=".repeat(100_000),
    ] {
        assert!(refused(&text).starts_with("TOML"), "deep documents");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_refused(
        text in any::<String>(),
        lines in prop::collection::vec("(namespace|backend|deadline|domains\\.a\\.ttl|load_timeout|x) ?= ?['\"{\\[]?[a-z0-9:?=.% ]{0,9}['\"}\\]]?", 0..4),
    ) {
        let _ = CacheConfig::from_toml_str(&text);
        let _ = CacheConfig::from_toml_str(&lines.join("\n"));
    }

    #[test]
    fn any_variables_are_a_configuration_or_refused(name in "[A-Z_]{0,12}", text in any::<String>(), other in any::<String>()) {
        let pairs = vec![(format!("CACHE__{name}"), text.clone()), (format!("CACHE_{other}"), other)];
        let _ = CacheConfig::from_variables("CACHE", pairs);
        let _ = CacheConfig::from_url(&text);
    }
}
