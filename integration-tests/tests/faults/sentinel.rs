//! A replica that sentinels promote, under traffic.

use std::net::SocketAddr;

use backend_redis::{RedisBackend, SentinelConfig, Server, Topology};
use cache_core::ErrorKind::{Timeout, Unavailable};
use integration_tests::RedisSentinel;
use tokio::time::Instant;

use crate::traffic::{BACK, DEADLINE, Log, Traffic};

fn watched() -> (RedisSentinel, RedisBackend) {
    let servers = RedisSentinel::start().unwrap_or_else(|why| panic!("{why}"));
    let sentinels = servers.sentinels().into_iter();
    let sentinels = sentinels.map(|address| Server::new(address.ip().to_string(), address.port()));
    let sentinel = SentinelConfig::new(sentinels.collect(), servers.master_name());
    let backend = RedisBackend::builder()
        .topology(Topology::Sentinel(sentinel))
        .deadline(DEADLINE)
        .build()
        .unwrap();
    (servers, backend)
}

/// Does something to the master, and asserts that the traffic follows to the next one.
async fn promoted(title: &str, act: fn(&RedisSentinel, SocketAddr)) -> (RedisSentinel, Log) {
    let (servers, backend) = watched();
    let traffic = Traffic::start(&backend).await;
    let old = servers.current_master().unwrap();
    act(&servers, old);
    let servers = tokio::task::spawn_blocking(move || {
        let new = servers.wait_for_another_master(old).unwrap();
        assert_ne!(new, old);
        servers
    });
    let servers = servers.await.unwrap();
    let returned = Instant::now();
    traffic.succeeds().await;
    let took = returned.elapsed();
    println!("{title}: back after {took:?}");
    assert!(took < BACK, "{title}: back after {took:?}");
    let log = traffic.end(title, &[Unavailable, Timeout]).await;
    (servers, log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_is_killed() {
    promoted("sentinel, master killed", |servers, master| {
        servers.kill(master).unwrap();
    })
    .await;
}

/// No connection breaks: only silence tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_hangs() {
    let (servers, _) = promoted("sentinel, master hangs", |servers, master| {
        servers.pause(master).unwrap();
    })
    .await;
    drop(servers);
}

/// The old master lives on as a replica, and refuses writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_is_told_to_hand_over() {
    promoted("sentinel, handed over", |servers, _| {
        servers.failover().unwrap();
    })
    .await;
}
