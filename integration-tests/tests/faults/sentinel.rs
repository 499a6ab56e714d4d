//! A replica that sentinels promote, under traffic.

use std::net::SocketAddr;
use std::time::Duration;

use backend_redis::{RedisBackend, SentinelConfig, Server, Topology};
use cache_core::ErrorKind::{Timeout, Unavailable};
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Judge, Key, Lifetime, Meta, Space, Ttl, address,
};
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

/// For ten seconds the old master answers as one, and nobody but the sentinels tells that what it takes is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_was_replaced_is_left_before_it_knows() {
    let (servers, backend) = watched();
    let space = Space::new("handed-over", "thing", 7).unwrap();
    let key = Key::new(&space, Epoch(1), b"1").unwrap();
    let put = async || {
        let now = Judge::default().clock().now();
        let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO);
        let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, "1".into());
        backend.put(key, entry, Condition::Always).await
    };
    put().await.unwrap();
    let (old, new) = tokio::task::block_in_place(|| {
        let old = servers.current_master().unwrap();
        (old, servers.failover().unwrap())
    });
    let role = |of: SocketAddr| {
        let client = redis::Client::open((of.ip().to_string(), of.port())).unwrap();
        let mut connection = client.get_connection().unwrap();
        let role: Vec<redis::Value> = redis::cmd("ROLE").query(&mut connection).unwrap();
        let exists: u64 = redis::cmd("EXISTS")
            .arg(address::entry(&key))
            .query(&mut connection)
            .unwrap();
        let is_master = role[0] == redis::Value::BulkString(b"master".to_vec());
        (is_master, exists == 1)
    };
    let client = redis::Client::open((new.ip().to_string(), new.port())).unwrap();
    let mut connection = client.get_connection().unwrap();
    redis::cmd("DEL")
        .arg(address::entry(&key))
        .exec(&mut connection)
        .unwrap();
    let replaced = Instant::now();
    loop {
        // One that fails says that the way is being looked for.
        let _ = put().await;
        if role(new).1 {
            break;
        }
        assert!(replaced.elapsed() < 3 * BACK, "still at the old master");
        tokio::task::yield_now().await;
    }
    let took = replaced.elapsed();
    println!(
        "sentinel, replaced: left after {took:?}, a master still: {}",
        role(old).0
    );
}
