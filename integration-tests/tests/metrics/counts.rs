//! Counts are equal to the script, per reason, whatever the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_core::{Judge, Layer};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, domain};
use cache_testkit::{Env, FaultLayer, Faults};
use integration_tests::RedisServer;

use crate::script::{Item, TTL, operations, play};

/// Rounds of each of the eight threads for a million operations.
const MILLION: u64 = 3_800;

/// Plays the script on a store, and compares.
#[allow(clippy::disallowed_methods, reason = "how long it took is told")]
fn counts_are_equal_to_the_script(url: &str, rounds: u64, tells_expired_apart: bool) {
    let env = Env::fresh();
    let mut config = CacheConfig::from_url(url).unwrap();
    config.namespace = env.namespace;
    config.deadline = Duration::from_secs(20);
    config.load_timeout.soft = Some(Duration::ZERO);
    let judge = Judge::new(Arc::new(env.clock.clone()), config.clock_tolerance);
    let faults = Faults::default();
    let backend = FaultLayer::new(&faults).layer(config.open_backend(&judge).unwrap());
    let builder = Cache::builder().config(config).backend(backend);
    let builder = builder.clock(Arc::new(env.clock.clone()));
    let cache = builder.domain(domain::<Item>()).build().unwrap();
    let began = Instant::now();
    let mut expected = play(&cache, &faults, rounds, || {
        env.clock.advance(TTL);
    });
    let mut counted = cache.domain::<Item>().unwrap().stats();
    println!(
        "{} operations on 8 threads in {:.1} s",
        operations(&counted),
        began.elapsed().as_secs_f64()
    );
    if !tells_expired_apart {
        for stats in [&mut expected, &mut counted] {
            stats.misses.absent += std::mem::take(&mut stats.misses.expired);
        }
    }
    assert_eq!(counted, expected);
    if rounds >= MILLION {
        assert!(operations(&counted) >= 1_000_000);
    }
}

#[test]
fn a_million_operations_on_moka_are_counted_as_the_script_says() {
    counts_are_equal_to_the_script(
        "moka:?sweep_interval=1h&max_capacity=1000000",
        MILLION,
        true,
    );
}

#[test]
fn a_million_operations_on_sled_are_counted_as_the_script_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache");
    let url = format!("sled://{}?sweep_interval=1h", path.display());
    counts_are_equal_to_the_script(&url, MILLION, true);
}

/// A server forgets what is past its time when it pleases, so absent and expired are one there.
#[test]
fn operations_on_redis_are_counted_as_the_script_says() {
    let server = match RedisServer::start() {
        Ok(server) => server,
        Err(why) if why.is_demanded() || std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let rounds = if std::env::var_os("CACHE_SOAK").is_some() {
        MILLION
    } else {
        MILLION / 10
    };
    let url = format!(
        "redis://{}:{}?expiry_slack=1h",
        server.host(),
        server.port()
    );
    counts_are_equal_to_the_script(&url, rounds, false);
}
