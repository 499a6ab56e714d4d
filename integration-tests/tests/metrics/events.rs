//! Evictions, expirations and removals are the store's own events, each counted as what it was.

use std::time::Duration;

use cache_core::Stats;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, Ttl, domain};
use tokio::time::{Instant, sleep};

use crate::script::Item;

const TTL: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);

fn open(url: &str) -> (Cache, Domain<Item>) {
    let config = CacheConfig::from_url(url).unwrap();
    let cache = Cache::builder().config(config).domain(domain::<Item>());
    let cache = cache.build().unwrap();
    let items = cache.domain().unwrap();
    (cache, items)
}

async fn store(cache: &Cache) -> Stats {
    cache.snapshot().await.tiers[0].store.unwrap()
}

/// Waits until what has to go is gone.
async fn until(cache: &Cache, what: &str, holds: impl Fn(&Stats) -> bool) -> Stats {
    let end = Instant::now() + PATIENCE;
    loop {
        let stats = store(cache).await;
        if holds(&stats) {
            return stats;
        }
        assert!(Instant::now() < end, "never: {what}: {stats:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn put(items: &Domain<Item>, ids: std::ops::Range<u64>, ttl: Ttl) {
    for id in ids {
        items
            .put_with_ttl(id, crate::script::item(id), ttl)
            .await
            .unwrap();
    }
}

fn losses(stats: &Stats) -> [u64; 3] {
    [stats.evictions, stats.expirations, stats.removals].map(Option::unwrap)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_moka_each_loss_is_counted_apart_and_exactly() {
    let (cache, items) = open("moka:?max_capacity=1000&sweep_interval=10ms");
    put(&items, 0..10_000, Ttl::Never).await;
    let full = until(&cache, "1,000 stay", |stats| stats.entries == Some(1_000)).await;
    assert_eq!(losses(&full), [9_000, 0, 0]);
    let mut removed = 0;
    for id in 0..10_000 {
        if removed < 100 && items.exists(id).await.unwrap() {
            items.invalidate(id).await.unwrap();
            removed += 1;
        }
    }
    let after = until(&cache, "100 are removed", |stats| {
        stats.entries == Some(900)
    })
    .await;
    assert_eq!(losses(&after), [9_000, 0, 100]);
    put(&items, 20_000..20_050, Ttl::After(TTL)).await;
    let after = until(&cache, "50 expire", |stats| stats.expirations == Some(50)).await;
    assert_eq!(
        (after.entries, losses(&after)),
        (Some(900), [9_000, 50, 100])
    );
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled_each_loss_is_counted_apart_and_exactly() {
    let directory = tempfile::tempdir().unwrap();
    let url = |more: &str| format!("sled://{}/{more}", directory.path().display());
    let (cache, items) = open(&url("free?sweep_interval=10ms"));
    put(&items, 0..1_000, Ttl::Never).await;
    items.invalidate_many(0..100_u64).await;
    assert_eq!(losses(&store(&cache).await), [0, 0, 100]);
    put(&items, 5_000..5_500, Ttl::After(TTL)).await;
    let after = until(&cache, "500 expire", |stats| stats.expirations == Some(500)).await;
    assert_eq!((after.entries, losses(&after)), (Some(900), [0, 500, 100]));
    cache.close().await.unwrap();

    // Of 20,000, what did not stay was evicted.
    let (cache, items) = open(&url("full?sweep_interval=10ms&max_bytes=1MiB"));
    put(&items, 0..20_000, Ttl::Never).await;
    let full = store(&cache).await;
    let entries = full.entries.unwrap();
    assert!((1_000..=19_000).contains(&entries), "{full:?}");
    assert!(full.bytes <= Some(1 << 20), "{full:?}");
    assert_eq!(losses(&full), [20_000 - entries, 0, 0]);
    cache.close().await.unwrap();
}
