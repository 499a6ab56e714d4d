//! The examples and the backend's options of `docs/configuration.md`.

use std::fs;
use std::time::Duration;

use backend_moka::MokaConfig;
use cache_facade::config::{BackendUrl, CacheConfig};
use cache_facade::{Cache, Ttl};

use crate::{files, markdown};

const DOCUMENT: &str = "docs/configuration.md";

fn example(name: &str) -> CacheConfig {
    CacheConfig::from_toml_str(&files::read(&format!("docs/examples/{name}.toml"))).unwrap()
}

#[test]
fn every_example_is_read_and_builds_a_cache() {
    for path in files::with_extension("toml") {
        if !path.starts_with(files::root().join("docs/examples")) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut config = CacheConfig::from_toml_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Domains are the application's to register.
        config.domains.clear();
        if !config.backend.to_string().starts_with("env:") {
            Cache::builder().config(config).build().unwrap();
        }
    }
}

#[test]
fn every_example_is_shown_in_the_document_as_it_is() {
    let document = files::read(DOCUMENT);
    for path in files::with_extension("toml") {
        if path.starts_with(files::root().join("docs/examples")) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                document.contains(&format!("```toml\n{text}```")),
                "{DOCUMENT} does not show {}",
                path.display()
            );
        }
    }
}

#[test]
fn the_service_means_what_the_document_says() {
    let config = example("service");
    assert_eq!(config.namespace, "shop");
    assert_eq!(config.load_timeout.soft, Some(Duration::from_secs(2)));
    assert_eq!(config.load_timeout.hard, Duration::from_secs(10));
    assert_eq!(
        config.domains["product"].ttl,
        Some(Ttl::After(Duration::from_secs(86_400)))
    );
    assert_eq!(config.domains["category"].ttl, Some(Ttl::Never));
    assert_eq!(config.domains["price"].ttl, Some(Ttl::Default));
}

#[test]
fn the_kill_switch_opens_the_store_that_keeps_nothing() {
    let cache = Cache::builder().config(example("off")).build().unwrap();
    assert_eq!(cache.backend().name, "none");
    assert!(example("bypassed").bypass);
}

#[test]
fn the_variables_of_the_document_are_options() {
    let variables = [
        ("SHOP_CACHE__NAMESPACE", "shop-staging"),
        ("SHOP_CACHE__LOAD_TIMEOUT__HARD", "20s"),
        ("SHOP_CACHE__DOMAINS__PRICE__TTL", "30s"),
    ];
    let document = files::read(DOCUMENT);
    for (name, value) in variables {
        assert!(document.contains(&format!("{name}={value}")), "{name}");
    }
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = CacheConfig::from_variables("SHOP_CACHE", variables).unwrap();
    assert_eq!(config.namespace, "shop-staging");
    assert_eq!(config.load_timeout.hard, Duration::from_secs(20));
    assert_eq!(
        config.domains["price"].ttl,
        Some(Ttl::After(Duration::from_secs(30)))
    );
}

/// The rows of the table of moka's options: name and default.
fn moka_rows() -> Vec<(String, String)> {
    let text = files::read(DOCUMENT);
    let (_, rest) = text.split_once("<!-- moka -->").unwrap();
    let (table, _) = rest.split_once("<!-- /moka -->").unwrap();
    let rows = table.lines().filter_map(markdown::cells).skip(2);
    rows.map(|cells| {
        let cell = |index: usize| cells[index].trim_matches('`').to_owned();
        (cell(0), cell(1))
    })
    .collect()
}

fn moka(options: &str) -> MokaConfig {
    let url: BackendUrl = format!("moka:?{options}").parse().unwrap();
    url.options_as()
        .unwrap_or_else(|error| panic!("{options}: {error}"))
}

#[test]
fn mokas_options_are_all_in_the_table() {
    let url: BackendUrl = "moka:?nonsense=1".parse().unwrap();
    let error = url.options_as::<MokaConfig>().unwrap_err().to_string();
    let (_, accepted) = error.split_once("accepted: ").unwrap();
    let accepted: Vec<_> = markdown::spans(accepted).collect();
    let named: Vec<_> = moka_rows().into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, accepted);
}

#[test]
fn mokas_defaults_are_those_of_the_table() {
    let defaults = MokaConfig::default();
    for (name, default) in moka_rows() {
        match (name.as_str(), default.as_str()) {
            ("max_bytes", "not set") => assert_eq!(defaults.max_bytes, None),
            ("max_capacity", _) => {
                let said = moka(&format!("{name}={default}")).capacity().unwrap();
                assert_eq!(said, defaults.capacity().unwrap());
            }
            _ => assert_eq!(moka(&format!("{name}={default}")), defaults, "{name}"),
        }
    }
}

#[test]
fn mokas_options_are_taken_from_a_url() {
    for url in [
        "moka://?max_capacity=100000",
        "moka:?max_bytes=256MiB&policy=lru",
    ] {
        assert!(files::read(DOCUMENT).contains(url), "{url}");
        let config = CacheConfig::from_url(url).unwrap();
        Cache::builder().config(config).build().unwrap();
    }
}
