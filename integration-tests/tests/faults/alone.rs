//! One server that stops, hangs, forgets, pauses its clients, and runs full.

use std::fs;
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_core::ErrorKind::{Overloaded, Timeout, Unavailable};
use integration_tests::RedisServer;
use redis::{Connection, cmd};
use tokio::time::Instant;

use crate::traffic::{BACK, DEADLINE, TASKS, Traffic};

fn server() -> (RedisServer, RedisBackend) {
    let server = RedisServer::local().unwrap_or_else(|why| panic!("{why}"));
    let backend = RedisBackend::builder()
        .server(server.host(), server.port())
        .deadline(DEADLINE)
        .build()
        .unwrap();
    (server, backend)
}

fn raw(server: &RedisServer) -> Connection {
    redis::Client::open((server.host(), server.port()))
        .and_then(|client| client.get_connection())
        .unwrap()
}

/// Asserts that calls succeed again soon after a moment.
async fn back_since(returned: Instant, traffic: &Traffic, title: &str) {
    traffic.succeeds().await;
    let took = returned.elapsed();
    println!("{title}: back after {took:?}");
    assert!(took < BACK, "{title}: back after {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_comes_back_empty() {
    let (server, backend) = server();
    let traffic = Traffic::start(&backend).await;
    server.kill().unwrap();
    traffic.fails(1_000).await;
    server.restart().unwrap();
    back_since(Instant::now(), &traffic, "killed").await;
    let log = traffic.end("killed", &[Unavailable, Timeout]).await;
    assert!(log.lost > 0, "it came back empty: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs() {
    let (server, backend) = server();
    let traffic = Traffic::start(&backend).await;
    let before = resident();
    server.pause().unwrap();
    // Longer than the second after which a silent connection is given up.
    traffic.fails(8 * TASKS).await;
    let grown = resident().saturating_sub(before);
    server.resume().unwrap();
    back_since(Instant::now(), &traffic, "hung").await;
    let log = traffic.end("hung", &[Unavailable, Timeout]).await;
    assert_eq!(log.lost, 0, "{log}");
    assert!(grown < 32 << 20, "grown by {grown} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_paused() {
    let (server, backend) = server();
    let traffic = Traffic::start(&backend).await;
    let mut raw = raw(&server);
    cmd("CLIENT")
        .arg(&["PAUSE", "3000", "ALL"])
        .exec(&mut raw)
        .unwrap();
    traffic.fails(2 * TASKS).await;
    let returned = tokio::task::spawn_blocking(move || {
        // It waits like everybody else.
        cmd("PING").exec(&mut raw).unwrap();
        Instant::now()
    });
    back_since(returned.await.unwrap(), &traffic, "paused").await;
    let log = traffic.end("paused", &[Unavailable, Timeout]).await;
    assert_eq!(log.lost, 0, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_memory() {
    let (server, backend) = server();
    let traffic = Traffic::start(&backend).await;
    let mut raw = raw(&server);
    let mut limit = |bytes: &str| {
        let words = ["SET", "maxmemory", bytes, "maxmemory-policy", "noeviction"];
        cmd("CONFIG").arg(&words).exec(&mut raw).unwrap();
    };
    limit("1");
    traffic.fails(100).await;
    limit("0");
    back_since(Instant::now(), &traffic, "full").await;
    let log = traffic.end("full", &[Overloaded]).await;
    assert_eq!(log.lost, 0, "what stood there stays: {log}");
}

/// Bytes of memory of this process.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes.unwrap().parse::<u64>().unwrap() << 10
}

/// Nobody answers at all: a call ends at its deadline, or at once while the last failure is remembered.
#[tokio::test]
async fn nobody_listens() {
    use cache_core::Backend as _;
    let backend = RedisBackend::builder()
        .server("127.0.0.1", 1)
        .deadline(DEADLINE)
        .build()
        .unwrap();
    for _ in 0..100 {
        let began = Instant::now();
        assert_eq!(backend.ping().await.unwrap_err().kind(), Unavailable);
        assert!(began.elapsed() < DEADLINE + Duration::from_millis(500));
    }
}
