//! Durations are those that were measured: a delay below is seen above.

use std::io;
use std::time::Duration;

use cache_core::{Judge, Layer, Operation};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, domain};
use cache_testkit::{Fault, FaultLayer, Faults};
use tokio::time::sleep;

use crate::script::Item;

const DELAY: Duration = Duration::from_millis(2);

fn is_the_delay(measured: Option<Duration>) -> bool {
    measured.is_some_and(|measured| measured >= DELAY && measured < 2 * DELAY)
}

#[tokio::test(start_paused = true)]
async fn a_delay_of_the_store_and_one_of_the_loader_are_seen_where_they_are() {
    let config = CacheConfig::from_url("moka:").unwrap();
    let faults = Faults::default();
    let store = config.open_backend(&Judge::default()).unwrap();
    let backend = FaultLayer::new(&faults).layer(store);
    let cache = Cache::builder().config(config).backend(backend);
    let cache = cache.domain(domain::<Item>()).build().unwrap();
    let items = cache.domain::<Item>().unwrap();
    let raw = cache.raw::<String>().unwrap();
    faults.set(Operation::Get, Fault::Delay(DELAY));
    for id in 0..100 {
        assert!(items.get(id).await.unwrap().is_none());
    }
    faults.heal_all();
    for id in 0..100 {
        assert!(raw.get(id.to_string()).await.unwrap().is_none());
    }
    for id in 0..50 {
        let slow = |_| async {
            sleep(DELAY).await;
            Err::<Item, _>(io::Error::other("down"))
        };
        assert!(items.get_or_load_with(id, slow).await.is_err());
    }
    let snapshot = cache.snapshot().await;
    let domain = &snapshot.domains["item"];
    let get = &domain.op_latency["get"];
    assert_eq!(get.count, 100);
    assert!(is_the_delay(get.p50) && is_the_delay(get.p99), "{get:?}");
    assert_eq!(domain.load_latency.count, 50);
    assert!(is_the_delay(domain.load_latency.p50), "{domain:?}");
    let quick = &snapshot.domains["raw"].op_latency;
    assert!(quick["get_now"].max.unwrap() < DELAY, "{quick:?}");
    assert!(!quick.contains_key("get"), "{quick:?}");
}

#[tokio::test]
async fn one_read_of_process_memory_in_so_many_is_timed() {
    for (time_one_in, timed) in [(0, 0), (1, 640), (64, 10), (100, 5)] {
        let mut config = CacheConfig::from_url("moka:").unwrap();
        config.time_one_in = time_one_in;
        let cache = Cache::builder().config(config).build().unwrap();
        let raw = cache.raw::<String>().unwrap();
        for _ in 0..640 {
            raw.get("7").await.unwrap();
        }
        let tier = &cache.snapshot().await.tiers[0];
        assert_eq!(tier.calls["get_now"], 640);
        let found = tier
            .op_latency
            .get("get_now")
            .map_or(0, |latency| latency.count);
        assert_eq!(found, timed, "one in {time_one_in}");
    }
}
