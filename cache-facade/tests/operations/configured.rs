//! A cache built from its configuration: what is refused says which setting it is, and what is accepted.

use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Error, ErrorKind, domain};

use crate::common::{Thing, number_of, thing};

fn built(toml: &str) -> Result<Cache, Error> {
    let config = CacheConfig::from_toml_str(toml)?;
    Cache::builder()
        .config(config)
        .domain(domain::<Thing>())
        .build()
}

fn refused(toml: &str, parts: &[&str]) {
    let error = built(toml).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}: no `{part}`");
    }
}

#[test]
fn a_misspelt_domain_is_named_with_the_nearest() {
    refused(
        "[domains.thinng]\nttl = '1h'",
        &["`thinng`", "did you mean `thing`"],
    );
}

#[test]
fn free_form_keys_can_be_configured() {
    assert!(built("[domains.raw]\nttl = '1h'").is_ok());
}

#[test]
fn an_unknown_setting_is_named() {
    refused("max_flihgts = 1", &["max_flihgts", "max_flights"]);
    refused("[domains.thing]\ntll = '1h'", &["tll", "ttl"]);
}

#[test]
fn a_setting_out_of_range_is_named() {
    refused("max_flights = 0", &["max_flights"]);
    refused("deadline = '0s'", &["deadline"]);
    refused(
        "load_timeout = { soft = '9s', hard = '3s' }",
        &["load_timeout.soft", "load_timeout.hard"],
    );
}

#[test]
fn a_setting_out_of_range_is_refused_however_it_came() {
    let mut config = CacheConfig::default();
    config.max_flights = 0;
    let built = Cache::builder()
        .config(config)
        .domain(domain::<Thing>())
        .build();
    let error = built.map(drop).unwrap_err();
    assert!(error.to_string().contains("max_flights"), "{error}");
}

#[test]
fn a_backend_that_is_not_there_is_refused() {
    refused(
        "backend = 'memcached://localhost'",
        &["memcached", "`moka`", "`redis`"],
    );
    refused("backend = 'moka'", &["backend"]);
    refused(
        "backend = 'moka://?max_capacty=1'",
        &["max_capacty", "max_capacity"],
    );
}

#[tokio::test]
async fn the_options_of_a_url_reach_the_backend() {
    let cache = built("backend = 'moka://?max_capacity=10'").unwrap();
    assert_eq!(cache.stats().await.unwrap().store.max_entries, Some(10));
}

#[tokio::test]
async fn the_namespace_parts_caches_on_one_store() {
    let cache = built("namespace = 'app'").unwrap();
    let things = cache.domain::<Thing>().unwrap();
    things.put(7, thing(1)).await.unwrap();
    assert_eq!(number_of(&things, 7).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_domains_load_timeout_overrules_the_caches() {
    let toml = "load_timeout = { hard = '9s' }\n[domains.thing]\nload_timeout = { hard = '2s' }";
    let cache = built(toml).unwrap();
    let things = cache.domain::<Thing>().unwrap();
    let hangs = |_| std::future::pending::<Result<Thing, std::io::Error>>();
    let start = tokio::time::Instant::now();
    let error = things.get_or_load_with(7, hangs).await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed().as_secs()),
        (ErrorKind::Timeout, 2)
    );
    let raw = cache.raw::<String>().unwrap();
    let hangs = |_| std::future::pending::<Result<String, std::io::Error>>();
    let start = tokio::time::Instant::now();
    assert!(raw.get_or_load_with(7, hangs).await.is_err());
    assert!(start.elapsed() >= Duration::from_secs(9));
}
