//! Masters of a cluster that are killed, hang and hand over, and slots that move, under traffic.

use std::net::SocketAddr;
use std::time::Duration;

use backend_redis::{RedisBackend, Server, Topology};
use cache_core::ErrorKind::{Timeout, Unavailable};
use integration_tests::{Node, RedisCluster};
use tokio::time::{Instant, timeout};

use crate::traffic::{BACK, DEADLINE, Log, Traffic};

fn cluster() -> (RedisCluster, RedisBackend) {
    let cluster = RedisCluster::start().unwrap_or_else(|why| panic!("{why}"));
    let seeds = cluster.addresses().into_iter().take(2);
    let seeds = seeds.map(|address| Server::new(address.ip().to_string(), address.port()));
    let backend = RedisBackend::builder()
        .topology(Topology::Cluster(seeds.collect()))
        .deadline(DEADLINE)
        .build()
        .unwrap();
    (cluster, backend)
}

/// The first of the masters.
fn master(cluster: &RedisCluster) -> Node {
    cluster.master_of_slot(0).unwrap()
}

/// Asserts that the traffic follows when the slots of a master have another owner.
async fn replaced(title: &str, act: fn(&RedisCluster, &Node)) -> Log {
    let (cluster, backend) = cluster();
    let traffic = Traffic::start(&backend).await;
    let old = master(&cluster);
    act(&cluster, &old);
    let address = old.address;
    let cluster = tokio::task::spawn_blocking(move || {
        while !is_replaced(&cluster, address) {
            std::thread::yield_now();
        }
        cluster
    });
    let patience = Duration::from_secs(30);
    let cluster = timeout(patience, cluster).await.unwrap().unwrap();
    let returned = Instant::now();
    traffic.succeeds().await;
    let took = returned.elapsed();
    println!("{title}: back after {took:?}");
    assert!(took < BACK, "{title}, {address}: back after {took:?}");
    let log = traffic.end(title, &[Unavailable, Timeout]).await;
    drop(cluster);
    log
}

/// Whether another node holds the first slot, and says so itself.
fn is_replaced(cluster: &RedisCluster, old: SocketAddr) -> bool {
    let masters = cluster.masters().unwrap_or_default();
    masters
        .iter()
        .any(|node| node.owns(0) && node.address != old)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_is_killed() {
    replaced("cluster, master killed", |cluster, master| {
        cluster.kill(master.address).unwrap();
    })
    .await;
}

/// No connection breaks: only silence tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_hangs() {
    replaced("cluster, master hangs", |cluster, master| {
        cluster.pause(master.address).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_hands_over() {
    let log = replaced("cluster, handed over", |cluster, master| {
        let replicas = cluster.replicas_of(master).unwrap();
        cluster.failover(replicas[0].address).unwrap();
    })
    .await;
    assert_eq!(log.lost, 0, "handing over loses nothing: {log}");
}

/// Slots move one by one from one master to another; no call fails for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_move() {
    let (cluster, backend) = cluster();
    let traffic = Traffic::start(&backend).await;
    let from = master(&cluster);
    let masters = cluster.masters().unwrap();
    let to = masters.iter().find(|node| node.address != from.address);
    let to = to.unwrap().address;
    let moved = tokio::task::spawn_blocking(move || {
        for slot in (0..5_461).filter(|slot| slot % 40 == 0) {
            cluster.move_slot(slot, to).unwrap();
        }
        cluster
    });
    let cluster = moved.await.unwrap();
    traffic.succeeds().await;
    let log = traffic.end("slots moved", &[]).await;
    assert_eq!(log.lost, 0, "{log}");
    drop(cluster);
}
