//! Building a cache, and the handles of its domains.

use std::sync::Arc;

use cache_facade::config::{CacheConfig, DomainConfig};
use cache_facade::{
    Cache, Cacheable, Domain, Error, ErrorKind, LoadContext, Schema, Ttl, Weight, domain,
    loader_fn, objects,
};
use cache_testkit::{ManualClock, MemoryBackend};
use serde::{Deserialize, Serialize};

use crate::common::{Thing, number_of, thing};

#[derive(Debug, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "other", ttl = "1m")]
struct Other(u32);

/// Neither `Clone` nor serde.
#[derive(Cacheable)]
#[cacheable(domain = "closure", ttl = "never")]
struct Closure {
    #[cacheable(opaque = "code does not cross releases")]
    call: fn(u64) -> u64,
}

fn refused(cache: Result<Cache, Error>, kind: ErrorKind, parts: &[&str]) {
    let error = cache.map(drop).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}: no `{part}`");
    }
}

fn encoded() -> MemoryBackend {
    MemoryBackend::encoded(ManualClock::default().judge())
}

#[tokio::test]
async fn a_cache_needs_nothing_but_its_domains() {
    let cache = Cache::builder().domain(domain::<Thing>()).build().unwrap();
    let things = cache.domain::<Thing>().unwrap();
    assert_eq!((cache.backend().name, things.name()), ("moka", "thing"));
    things.put(7, thing(1)).await.unwrap();
    assert_eq!(number_of(&things, 7).await, Some(1));
}

#[test]
fn building_needs_no_runtime() {
    assert!(Cache::builder().domain(domain::<Thing>()).build().is_ok());
}

#[test]
fn an_unknown_domain_is_named_and_the_known_ones_listed() {
    let cache = Cache::builder().domain(domain::<Thing>()).build().unwrap();
    let error = cache.domain::<Other>().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("`other`") && error.to_string().contains("thing"));
}

#[test]
fn a_domain_of_another_type_is_refused() {
    let cache = Cache::builder().domain(domain::<Thing>()).build().unwrap();
    let error = cache.domain_named::<Other>("thing").map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("another type"));
}

#[test]
fn a_domain_registered_twice_is_refused() {
    let twice = Cache::builder()
        .domain(domain::<Thing>())
        .domain(domain::<Thing>());
    refused(
        twice.build(),
        ErrorKind::InvalidConfig,
        &["`thing`", "twice", "named"],
    );
    let same_name = Cache::builder()
        .domain(domain::<Thing>())
        .domain(domain::<Other>().named("thing"));
    refused(
        same_name.build(),
        ErrorKind::InvalidConfig,
        &["`thing`", "twice"],
    );
}

#[tokio::test]
async fn one_type_can_have_several_domains() {
    let twins = Cache::builder()
        .domain(domain::<Thing>())
        .domain(domain::<Thing>().named("twin"));
    let cache = twins.build().unwrap();
    let twin: Domain<Thing> = cache.domain_named("twin").unwrap();
    twin.put(7, thing(2)).await.unwrap();
    assert_eq!(number_of(&twin, 7).await, Some(2));
    assert_eq!(number_of(&cache.domain().unwrap(), 7).await, None);
}

#[test]
fn the_name_of_free_form_keys_is_kept() {
    let taken = Cache::builder().domain(domain::<Thing>().named("raw"));
    refused(
        taken.build(),
        ErrorKind::InvalidConfig,
        &["`raw`", "free-form"],
    );
}

#[test]
fn a_name_that_no_domain_can_have_is_refused() {
    for name in ["", "Thing", "a-b", "7a", "a b", &"a".repeat(65)] {
        let built = Cache::builder()
            .domain(domain::<Thing>().named(name))
            .build();
        refused(built, ErrorKind::InvalidConfig, &["domain"]);
    }
}

#[test]
fn the_domain_of_the_caches_own_records_is_kept() {
    let taken = Cache::builder().domain(domain::<Thing>().named("_cache"));
    refused(taken.build(), ErrorKind::InvalidConfig, &["`_cache`"]);
}

#[test]
fn a_byte_store_without_serde_is_refused() {
    let cache = Cache::builder()
        .backend(encoded())
        .domain(objects::<Closure>());
    refused(
        cache.build(),
        ErrorKind::InvalidConfig,
        &["`closure`", "`memory`", "serde"],
    );
}

#[tokio::test]
async fn objects_need_neither_serde_nor_clone() {
    let cache = Cache::builder()
        .domain(objects::<Closure>())
        .build()
        .unwrap();
    let closures = cache.domain::<Closure>().unwrap();
    closures.put(7, Closure { call: |n| n + 1 }).await.unwrap();
    assert_eq!((closures.get(7).await.unwrap().unwrap().call)(1), 2);
}

#[test]
#[cfg(not(any(
    feature = "codec-bincode",
    feature = "codec-postcard",
    feature = "codec-json"
)))]
fn a_byte_store_without_a_codec_is_refused() {
    let cache = Cache::builder()
        .backend(encoded())
        .domain(domain::<Thing>());
    refused(
        cache.build(),
        ErrorKind::InvalidConfig,
        &["`thing`", "`memory`", "codec-json"],
    );
}

#[test]
fn a_release_that_is_no_version_is_refused() {
    for release in ["", "1", "v1.2.3", "next"] {
        let built = Cache::builder()
            .domain(domain::<Thing>())
            .release(release)
            .build();
        refused(built, ErrorKind::InvalidConfig, &["release", "1.4.0"]);
    }
}

#[tokio::test]
async fn releases_share_values_unless_the_major_differs() {
    let store = Arc::new(MemoryBackend::new(ManualClock::default().judge()));
    let of = |release: &str| {
        let builder = Cache::builder()
            .backend(Arc::clone(&store))
            .release(release);
        let builder = builder.clock(Arc::new(ManualClock::default()));
        builder
            .domain(domain::<Thing>())
            .build()
            .unwrap()
            .domain::<Thing>()
            .unwrap()
    };
    of("1.4.0").put(7, thing(1)).await.unwrap();
    assert_eq!(number_of(&of("1.9.0"), 7).await, Some(1));
    assert_eq!(number_of(&of("2.0.0"), 7).await, None);
}

/// A type that says of itself that nothing of it is ever fresh.
#[derive(Debug, Serialize, Deserialize)]
struct Fleeting(u32);

impl Schema for Fleeting {
    const FINGERPRINT: u64 = 1;
}

impl Cacheable for Fleeting {
    const DOMAIN: &'static str = "fleeting";
    const TTL: Ttl = Ttl::After(std::time::Duration::ZERO);

    fn weight(&self) -> Weight {
        Weight::known(4)
    }
}

#[test]
fn a_type_whose_ttl_is_zero_is_refused() {
    let built = Cache::builder().domain(domain::<Fleeting>()).build();
    refused(built, ErrorKind::InvalidConfig, &["`fleeting`", "ttl"]);
}

#[tokio::test]
async fn a_domains_configuration_applies_to_its_name() {
    let mut own = DomainConfig::default();
    own.ttl = Some(Ttl::Never);
    let mut config = CacheConfig::default();
    config.domains.insert("twin".to_owned(), own);
    let clock = ManualClock::default();
    let cache = Cache::builder()
        .config(config)
        .backend(MemoryBackend::new(clock.judge()))
        .clock(Arc::new(clock.clone()))
        .domain(domain::<Thing>())
        .domain(domain::<Thing>().named("twin"))
        .build()
        .unwrap();
    let (thing_, twin) = (
        cache.domain::<Thing>().unwrap(),
        cache.domain_named::<Thing>("twin").unwrap(),
    );
    thing_.put(7, thing(1)).await.unwrap();
    twin.put(7, thing(2)).await.unwrap();
    clock.advance(crate::common::TTL);
    assert_eq!(
        (number_of(&thing_, 7).await, number_of(&twin, 7).await),
        (None, Some(2))
    );
}

#[test]
fn debug_shows_names_and_nothing_else() {
    let loader = loader_fn(|_: u64, _: LoadContext<Thing>| async { Ok::<_, Error>(thing(1)) });
    let builder = Cache::builder().domain(domain::<Thing>().loader(loader));
    assert!(format!("{builder:?}").contains("thing"));
    let cache = builder.build().unwrap();
    assert!(format!("{cache:?}").contains("moka"));
    assert!(format!("{:?}", cache.domain::<Thing>().unwrap()).contains("thing"));
}
