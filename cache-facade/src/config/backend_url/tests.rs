use proptest::prelude::*;

use super::*;

fn url(text: &str) -> BackendUrl {
    text.parse().unwrap()
}

fn reason(text: &str) -> String {
    let error = text.parse::<BackendUrl>().unwrap_err();
    assert_eq!(error.kind(), cache_core::ErrorKind::InvalidConfig);
    error.to_string()
}

#[test]
fn a_scheme_alone_is_a_url_however_it_is_written() {
    for text in ["moka:", "moka://", "moka://?", "moka:?", "MOKA:"] {
        assert_eq!(url(text), BackendUrl::moka(), "{text}");
    }
    assert_eq!(BackendUrl::moka().to_string(), "moka:");
}

#[test]
fn every_form_of_place_is_read() {
    for (text, hosts, path) in [
        ("redis://localhost", &["localhost"][..], ""),
        ("rediss://h:6380/2", &["h:6380"], "/2"),
        ("redis+cluster://h1:1,h2:2", &["h1:1", "h2:2"], ""),
        (
            "redis+sentinel://s1:26379,s2:26379/main/0",
            &["s1:26379", "s2:26379"],
            "/main/0",
        ),
        ("redis://[::1]:6379/0", &["[::1]:6379"], "/0"),
        ("sled:///var/lib/app/cache", &[], "/var/lib/app/cache"),
        ("sled:///with%20space", &[], "/with space"),
        ("sled:cache/relative", &[], "cache/relative"),
        ("none:", &[], ""),
    ] {
        let url = url(text);
        assert_eq!(
            (url.hosts(), url.path()),
            (
                &*hosts.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>(),
                path
            ),
            "{text}"
        );
        assert_eq!(url.to_string(), text);
    }
}

#[test]
fn credentials_are_decoded_for_the_client_and_hidden_from_everybody_else() {
    let with_both = url("redis://app:p%40ss%2Fword@h");
    assert_eq!(with_both.user(), Some("app"));
    assert_eq!(with_both.password().map(Secret::expose), Some("p@ss/word"));
    assert_eq!(with_both.to_string(), "redis://app:***@h");
    assert_eq!(format!("{with_both:?}"), "BackendUrl(redis://app:***@h)");
    let password_alone = url("redis://:hunter2@h");
    assert_eq!(password_alone.user(), Some(""));
    assert_eq!(password_alone.to_string(), "redis://:***@h");
    let token = url("redis://hunter2@h");
    assert_eq!((token.user(), token.password()), (Some("hunter2"), None));
    assert_eq!(token.to_string(), "redis://***@h");
    let option = url("redis://h?sentinel_password=hunter2&db=1");
    assert_eq!(option.to_string(), "redis://h?db=1&sentinel_password=***");
}

#[test]
fn a_malformed_url_says_what_is_accepted_and_shows_the_scheme_alone() {
    for (text, expected) in [
        ("", "no URL; accepted is"),
        ("hunter2", "no URL; accepted is"),
        (":hunter2", "no URL; accepted is"),
        ("//hunter2@h", "no URL; accepted is"),
        ("hunter2 x:y", "no URL; accepted is"),
        ("redis://hunter2 x", "the `redis` URL has a space"),
        ("redis://h/\nhunter2", "the `redis` URL has a space"),
        ("redis://app:hunter2#x@h", "the `redis` URL has a `#`"),
        ("redis://app:hunter2@x@h", "the `redis` URL has an `@`"),
        ("redis://app:x/hunter2@h", "the `redis` URL has an `@`"),
        ("redis://app:x?hunter2=y@h", "the `redis` URL has an `@`"),
        (
            "redis://app:hunter2%zz@h",
            "the `redis` URL has a malformed percent-encoding",
        ),
        (
            "redis://app:hunter2%ff@h",
            "the `redis` URL has a malformed percent-encoding",
        ),
        ("redis://app:***@h", "the `redis` URL has `***`"),
        ("redis://***@h", "the `redis` URL has `***`"),
        ("redis://h?password=***", "the `redis` URL has `***`"),
        (
            "redis://app:hunter2@",
            "the `redis` URL has an empty or malformed host",
        ),
        (
            "redis://h1,,h2",
            "the `redis` URL has an empty or malformed host",
        ),
        (
            "redis://:hunter2%40h",
            "the `redis` URL has an empty or malformed host",
        ),
        (
            "redis://hunter2%40h",
            "the `redis` URL has an empty or malformed host",
        ),
        (
            "redis://:hunter2",
            "the `redis` URL has an empty or malformed host",
        ),
        ("moka:?hunter2", "the `moka` URL has a malformed option"),
        ("moka:?a=1&", "the `moka` URL has a malformed option"),
        ("moka:?=hunter2", "the `moka` URL has a malformed option"),
        ("moka:?Hunter2=1", "the `moka` URL has a malformed option"),
        ("moka:?a=1&a=2", "the `moka` URL has an option"),
    ] {
        let reason = reason(text);
        assert!(
            reason.starts_with(&format!("invalid_config: backend: {expected}")),
            "{text}: {reason}"
        );
        assert!(!reason.to_lowercase().contains("hunter2"), "{reason}");
        assert!(reason.contains("accepted is"), "{reason}");
    }
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Memory {
    max_capacity: Option<u64>,
    max_bytes: Option<u64>,
    policy: Policy,
    sweep_interval: std::time::Duration,
    shards: u16,
    offset: i8,
    ratio: f64,
    is_fair: bool,
    name: String,
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    #[default]
    TinyLfu,
    Lru,
}

#[test]
fn options_become_what_each_field_asks_for() {
    let text = "moka:?max_capacity=100000&max_bytes=1MiB&policy=lru&sweep_interval=1m30s&shards=8&offset=-3&ratio=0.5&is_fair=true&name=7";
    let expected = Memory {
        max_capacity: Some(100_000),
        max_bytes: Some(1 << 20),
        policy: Policy::Lru,
        sweep_interval: std::time::Duration::from_secs(90),
        shards: 8,
        offset: -3,
        ratio: 0.5,
        is_fair: true,
        name: "7".to_owned(),
    };
    assert_eq!(url(text).options_as::<Memory>().unwrap(), expected);
    assert_eq!(
        url("moka:").options_as::<Memory>().unwrap(),
        Memory::default()
    );
}

#[test]
fn an_option_of_another_type_names_itself_and_what_is_accepted() {
    for (option, expected) in [
        (
            "max_capacity=hunter2",
            "max_capacity: accepted is a whole number, not negative",
        ),
        (
            "max_capacity=1MiB",
            "max_capacity: accepted is a whole number, not negative",
        ),
        (
            "max_capacity=-1",
            "max_capacity: accepted is a whole number, not negative",
        ),
        (
            "max_bytes=hunter2",
            "max_bytes: accepted is a number of bytes, plain or with a unit",
        ),
        (
            "shards=65536",
            "shards: accepted is a whole number from 0 to 65535",
        ),
        ("ratio=hunter2", "ratio: accepted is a number"),
        ("is_fair=hunter2", "is_fair: accepted is `true` or `false`"),
        ("policy=hunter2", "policy: accepted: `tinylfu`, `lru`"),
        (
            "sweep_interval=5",
            "sweep_interval: a number without a unit; accepted is a duration",
        ),
        (
            "max_capacty=5",
            "unknown option `max_capacty`; accepted: `max_capacity`, `max_bytes`,",
        ),
    ] {
        let error = url(&format!("moka:?{option}"))
            .options_as::<Memory>()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("invalid_config: backend `moka`: {expected}")),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_missing_option_is_named() {
    #[derive(Debug, serde::Deserialize)]
    struct Needs {
        #[expect(dead_code, reason = "only its absence matters")]
        node: String,
    }
    let error = url("x:").options_as::<Needs>().unwrap_err().to_string();
    assert_eq!(
        error,
        "invalid_config: backend `x`: the option `node` is missing"
    );
}

proptest! {
    #[test]
    fn any_text_is_a_url_or_refused(text in any::<String>(), tail in "[a-z0-9:/?&=%@,.#+*\\[\\]_-]{0,60}") {
        for text in [text, format!("redis:{tail}"), tail] {
            if let Ok(url) = text.parse::<BackendUrl>() {
                let _ = (url.to_string(), url.options_as::<Memory>());
            }
        }
    }

    #[test]
    fn what_is_shown_is_read_as_the_same_url(
        scheme in "[a-z][a-z0-9+.-]{0,9}",
        hosts in prop::collection::vec("[a-z0-9\\[][a-z0-9.:\\]_-]{0,8}", 0..3),
        path in any::<String>(),
        options in prop::collection::btree_map("x[a-z0-9_]{0,5}x", any::<String>(), 0..4),
    ) {
        let url = BackendUrl {
            scheme,
            credentials: None,
            path: if hosts.is_empty() { format!("/{path}") } else if path.is_empty() { path } else { format!("/{path}") },
            hosts,
            options: options.into_iter().map(|(name, text)| (name.clone(), OptionValue::new(&name, text))).collect(),
        };
        prop_assert_eq!(url.to_string().parse::<BackendUrl>().unwrap(), url);
    }

    #[test]
    fn no_password_is_ever_shown(user in "[a-z]{0,5}", password in ".{1,20}") {
        let encoded = percent::encode(&password, "");
        let url = url(&format!("redis://{user}:{encoded}@h/0"));
        prop_assert_eq!(url.password().map(Secret::expose), Some(&*password));
        prop_assert_eq!(url.to_string(), format!("redis://{user}:***@h/0"));
    }
}
