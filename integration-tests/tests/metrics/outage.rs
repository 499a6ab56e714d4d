//! A store that is not there when the service starts.

use std::io;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, domain, loader_fn};
use integration_tests::RedisServer;
use tokio::time::{Instant, sleep};

use crate::script::{Item, item};

fn open(url: &str) -> (Cache, Domain<Item>) {
    let load = loader_fn(|id: u64, _| async move { Ok::<_, io::Error>(item(id)) });
    let config = CacheConfig::from_url(url).unwrap();
    let cache = Cache::builder().config(config);
    let cache = cache.domain(domain::<Item>().loader(load)).build().unwrap();
    let items = cache.domain().unwrap();
    (cache, items)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_starts_without_its_store_and_takes_part_once_that_is_back() {
    let server = match RedisServer::local() {
        Ok(server) => server,
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let url = format!("redis://{}:{}", server.host(), server.port());
    server.kill().unwrap();
    let (cache, items) = open(&url);
    for id in 0..20 {
        assert!(items.get_or_load(id).await.unwrap().is_some());
    }
    let stats = items.stats();
    assert_eq!((stats.loads, stats.fresh), (20, 0));
    let missed = stats.misses.backend_error + stats.misses.timeout;
    assert_eq!((missed, stats.load_errors), (20, 0));
    let snapshot = cache.snapshot().await;
    assert!(snapshot.tiers[0].store.is_none());
    server.restart().unwrap();
    let back = Instant::now();
    while cache.ping().await.is_err() {
        assert!(
            back.elapsed() < Duration::from_secs(1),
            "not back after 1 s"
        );
        sleep(Duration::from_millis(1)).await;
    }
    items.get_or_load(7).await.unwrap();
    cache.settle().await;
    let (_beside, others) = open(&url);
    assert!(others.get(7).await.unwrap().is_some());
    cache.close().await.unwrap();
}
