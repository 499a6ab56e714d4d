//! Servers that tests share.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use integration_tests::{RedisSentinel, SharedCluster, SharedSentinel};

use crate::{ask, available, eventually};

#[test]
fn who_joins_the_cluster_meets_the_others() {
    let Some(one) = available(SharedCluster::join()) else {
        return;
    };
    let other = SharedCluster::join().unwrap();
    assert_eq!(one.addresses(), other.addresses());
    assert_eq!(one.addresses().len(), 6);
    drop(other);
    let info: String = ask(one.addresses()[0], &["CLUSTER", "INFO"]).unwrap();
    assert!(info.contains("cluster_state:ok"), "{info}");
}

#[test]
fn who_joins_the_sentinels_meets_the_others() {
    let Some(one) = available(SharedSentinel::join()) else {
        return;
    };
    let other = SharedSentinel::join().unwrap();
    assert_eq!(one.sentinels(), other.sentinels());
    for sentinel in one.sentinels() {
        let question = ["SENTINEL", "CKQUORUM", one.master_name()];
        let answer: String = ask(*sentinel, &question).unwrap();
        assert!(answer.starts_with("OK 3 usable Sentinels"), "{answer}");
    }
}

#[test]
fn the_keeper_and_its_servers_end_after_the_last_lease() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sentinel.place");
    let mut keeper = Command::new(env!("CARGO_BIN_EXE_cache-test-servers"))
        .arg("sentinel")
        .arg(&file)
        .spawn()
        .unwrap();
    eventually("it publishes where it is", || file.exists());
    let place = fs::read_to_string(&file).unwrap();
    let (port, token) = place.split_once(' ').unwrap();
    let lease = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    let mut greeting = String::new();
    BufReader::new(&lease).read_line(&mut greeting).unwrap();
    let mut fields = greeting.split('\t');
    assert_eq!(fields.next().unwrap(), token);
    let sentinels: Vec<SocketAddr> = fields
        .next()
        .unwrap()
        .split(' ')
        .map(|address| address.parse().unwrap())
        .collect();
    let question = [
        "SENTINEL",
        "GET-MASTER-ADDR-BY-NAME",
        RedisSentinel::MASTER_NAME,
    ];
    let (_, master): (String, u16) = ask(sentinels[0], &question).unwrap();
    let master = SocketAddr::from(([127, 0, 0, 1], master));
    ask::<String>(master, &["SET", "a", "1"]).unwrap();
    drop(lease);
    eventually("what was left is thrown away", || {
        ask::<u64>(master, &["DBSIZE"]).unwrap() == 0
    });
    eventually("the keeper ends", || keeper.try_wait().unwrap().is_some());
    assert!(!file.exists());
    for address in [master].iter().chain(&sentinels) {
        assert!(TcpStream::connect(address).is_err(), "{address} listens");
    }
}
