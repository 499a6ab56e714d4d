//! Connections that end in the middle of a reply, and ways that are lost without a word.

use backend_redis::RedisBackend;
use cache_core::ErrorKind::{Timeout, Unavailable};
use integration_tests::RedisServer;
use tokio::time::Instant;

use crate::proxy::Proxy;
use crate::traffic::{BACK, DEADLINE, TASKS, Traffic, eventually};

async fn behind_a_proxy() -> (RedisServer, Proxy, RedisBackend) {
    let server = RedisServer::local().unwrap_or_else(|why| panic!("{why}"));
    let proxy = Proxy::to(([127, 0, 0, 1], server.port()).into()).await;
    let backend = RedisBackend::builder()
        .server("127.0.0.1", proxy.address.port())
        .deadline(DEADLINE)
        .build()
        .unwrap();
    (server, proxy, backend)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_anywhere_in_a_reply() {
    let (_server, proxy, backend) = behind_a_proxy().await;
    let traffic = Traffic::start(&backend).await;
    for bytes in (0..400).step_by(7) {
        proxy.cut_after(bytes);
        eventually("no cut", || proxy.has_cut()).await;
        let took = traffic.succeeds().await;
        assert!(took < BACK, "cut after {bytes} bytes: back after {took:?}");
    }
    let log = traffic.end("cut", &[Unavailable, Timeout]).await;
    assert_eq!(log.lost, 0, "{log}");
    assert!(!log.errors.is_empty(), "{log}");
}

/// The connection stays open and nothing comes back: no error of the network ends it. What is connected meanwhile is lost too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_is_lost_without_a_word() {
    let (_server, proxy, backend) = behind_a_proxy().await;
    let traffic = Traffic::start(&backend).await;
    for part in 0..4 {
        proxy.silence(true);
        // Longer than the second after which a silent connection is given up, and not always by the same.
        traffic.fails(3 * TASKS + part * TASKS / 4).await;
        // New connections find the way; the old ones never answer again.
        proxy.silence(false);
        let returned = Instant::now();
        traffic.succeeds().await;
        let took = returned.elapsed();
        println!("lost way: back after {took:?}");
        assert!(took < BACK, "back after {took:?}");
    }
    let log = traffic.end("lost way", &[Unavailable, Timeout]).await;
    assert_eq!(log.lost, 0, "{log}");
}
