//! The three deployments of `examples/deployments`: one program, another store by another file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

use std::path::PathBuf;

use cache_facade::config::CacheConfig;
use integration_tests::SharedCluster;

#[path = "../../examples/swap_backend.rs"]
#[allow(dead_code, reason = "its `main` is for people")]
mod swap_backend;

use swap_backend::Outcome;

fn file(name: &str) -> PathBuf {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/deployments");
    PathBuf::from(examples).join(name).with_extension("toml")
}

/// Reads the file; a namespace of our own keeps it apart from other runs.
fn read(name: &str, run: &str) -> CacheConfig {
    let mut config = CacheConfig::from_toml_file(file(name)).unwrap();
    assert_eq!(config.namespace, "shop", "{name}");
    config.namespace = format!("shop-{run}-{}", std::process::id());
    config
}

/// Runs the program twice, and returns what each run was.
async fn twice(config: CacheConfig) -> [Outcome; 2] {
    let first = swap_backend::serve(config.clone()).await.unwrap();
    [first, swap_backend::serve(config).await.unwrap()]
}

#[tokio::test]
async fn development_is_cold_at_every_start() {
    let runs = twice(read("development", "memory")).await;
    for run in &runs {
        assert_eq!((run.backend, run.loads), ("moka", 100), "{run:?}");
    }
}

#[tokio::test]
async fn one_host_starts_warm() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = read("one_host", "host");
    let url = config.backend.url().unwrap();
    assert_eq!(
        (url.scheme(), url.path()),
        ("sled", "/var/lib/shop/cache"),
        "the file's own place belongs to the host"
    );
    let url = format!("sled://{}?max_bytes=256MiB", directory.path().display());
    config.backend = CacheConfig::from_url(&url).unwrap().backend;
    let [first, second] = twice(config).await;
    assert_eq!((first.backend, first.loads), ("sled", 100), "{first:?}");
    assert_eq!((second.backend, second.loads), ("sled", 0), "{second:?}");
}

#[tokio::test]
async fn a_fleet_starts_warm() {
    let cluster = SharedCluster::join().unwrap_or_else(|why| panic!("{why}"));
    let addresses: Vec<String> = cluster
        .addresses()
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut config = read("fleet", "fleet");
    assert_eq!(config.deadline.as_millis(), 100);
    // The file leaves the URL to a variable.
    let url = format!("redis+cluster://{}", addresses.join(","));
    config.backend = CacheConfig::from_url(&url).unwrap().backend;
    config.deadline = std::time::Duration::from_secs(10);
    let [first, second] = twice(config).await;
    assert_eq!((first.backend, first.loads), ("redis", 100), "{first:?}");
    assert_eq!((second.backend, second.loads), ("redis", 0), "{second:?}");
}
