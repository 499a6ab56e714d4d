//! Servers under Sentinels: who is the master, and what happens to it.

use std::net::SocketAddr;

use integration_tests::RedisSentinel;

use crate::{ask, available, eventually, lives};

fn start() -> Option<RedisSentinel> {
    available(RedisSentinel::start())
}

fn named_by(sentinel: SocketAddr, name: &str) -> SocketAddr {
    let question = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name];
    let (host, port): (String, String) = ask(sentinel, &question).unwrap();
    format!("{host}:{port}").parse().unwrap()
}

#[test]
fn every_sentinel_names_the_master_and_knows_the_others() {
    let Some(servers) = start() else {
        return;
    };
    let master = servers.current_master().unwrap();
    assert_eq!(master, servers.servers()[0]);
    assert_eq!(servers.sentinels().len(), 3);
    for sentinel in servers.sentinels() {
        assert_eq!(named_by(sentinel, servers.master_name()), master);
        let told: std::collections::HashMap<String, String> =
            ask(sentinel, &["SENTINEL", "MASTER", servers.master_name()]).unwrap();
        assert_eq!(
            (&*told["num-other-sentinels"], &*told["num-slaves"]),
            ("2", "2")
        );
        assert_eq!((&*told["quorum"], &*told["flags"]), ("2", "master"));
    }
    assert_eq!(ask::<String>(master, &["SET", "a", "1"]).unwrap(), "OK");
    for replica in &servers.servers()[1..] {
        eventually("the replica has it", || {
            ask::<Option<String>>(*replica, &["GET", "a"])
                .unwrap()
                .as_deref()
                == Some("1")
        });
        let refused = ask::<String>(*replica, &["SET", "a", "2"]).unwrap_err();
        assert_eq!(refused.code(), Some("READONLY"));
    }
}

#[test]
fn all_processes_end_with_the_guard() {
    let Some(servers) = start() else {
        return;
    };
    let all = [servers.servers(), servers.sentinels()].concat();
    let ids: Vec<u32> = all
        .iter()
        .map(|address| servers.process_id(*address).unwrap())
        .collect();
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|id| lives(*id)));
    drop(servers);
    assert!(!ids.iter().any(|id| lives(*id)));
}

#[test]
fn a_killed_master_is_replaced_and_comes_back_as_a_replica() {
    let Some(servers) = start() else {
        return;
    };
    let first = servers.current_master().unwrap();
    servers.kill(first).unwrap();
    let second = servers.wait_for_another_master(first).unwrap();
    assert_eq!(ask::<String>(second, &["SET", "a", "1"]).unwrap(), "OK");
    servers.restart(first).unwrap();
    servers.wait_until_whole().unwrap();
    // On a busy machine the Sentinels may have changed their mind once more meanwhile.
    let master = servers.current_master().unwrap();
    for server in servers
        .servers()
        .into_iter()
        .filter(|server| *server != master)
    {
        let refused = ask::<String>(server, &["SET", "a", "2"]).unwrap_err();
        assert_eq!(refused.code(), Some("READONLY"));
    }
}

#[test]
fn a_paused_master_is_replaced() {
    let Some(servers) = start() else {
        return;
    };
    let first = servers.current_master().unwrap();
    servers.pause(first).unwrap();
    let second = servers.wait_for_another_master(first).unwrap();
    assert_ne!(first, second);
    servers.resume(first).unwrap();
    servers.wait_until_whole().unwrap();
}

#[test]
fn a_planned_failover_changes_the_master() {
    let Some(servers) = start() else {
        return;
    };
    let first = servers.current_master().unwrap();
    let second = servers.failover().unwrap();
    assert_ne!(first, second);
    assert_eq!(servers.current_master().unwrap(), second);
}
