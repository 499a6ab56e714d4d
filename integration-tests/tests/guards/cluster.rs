//! A cluster: who owns what, and what happens to it.

use std::net::SocketAddr;

use integration_tests::{Node, RedisCluster};

use crate::{ask, available, lives, say};

/// The slot of the key `foo`.
const FOO: u16 = 12_182;

fn cluster() -> Option<RedisCluster> {
    available(RedisCluster::start())
}

fn replica_of(cluster: &RedisCluster, master: &Node) -> SocketAddr {
    let replicas = cluster.replicas_of(master).unwrap();
    replicas.first().unwrap().address
}

#[test]
fn three_masters_own_every_slot_and_have_a_replica_each() {
    let Some(cluster) = cluster() else {
        return;
    };
    let addresses = cluster.addresses();
    assert_eq!(addresses.len(), 6);
    let masters = cluster.masters().unwrap();
    assert_eq!(masters.len(), 3);
    for master in &masters {
        assert_eq!(cluster.replicas_of(master).unwrap().len(), 1);
    }
    for address in &addresses {
        let info: String = ask(*address, &["CLUSTER", "INFO"]).unwrap();
        for line in [
            "cluster_state:ok",
            "cluster_slots_ok:16384",
            "cluster_known_nodes:6",
        ] {
            assert!(info.contains(line), "{address}: {info}");
        }
    }
    let slot: u16 = ask(addresses[0], &["CLUSTER", "KEYSLOT", "foo"]).unwrap();
    assert_eq!(slot, FOO);
    let owner = cluster.master_of_slot(FOO).unwrap().address;
    assert_eq!(ask::<String>(owner, &["SET", "foo", "1"]).unwrap(), "OK");
    let other = addresses.iter().find(|address| **address != owner).unwrap();
    let moved = ask::<String>(*other, &["GET", "foo"]).unwrap_err();
    assert_eq!(moved.code(), Some("MOVED"));
}

#[test]
fn all_processes_end_with_the_guard() {
    let Some(cluster) = cluster() else {
        return;
    };
    let addresses = cluster.addresses();
    let ids: Vec<u32> = addresses
        .iter()
        .map(|address| cluster.process_id(*address).unwrap())
        .collect();
    assert!(ids.iter().all(|id| lives(*id)));
    // A paused process ends too.
    cluster.pause(addresses[5]).unwrap();
    drop(cluster);
    assert!(!ids.iter().any(|id| lives(*id)));
}

#[test]
fn a_replica_takes_over_from_a_killed_master_which_comes_back_as_its_replica() {
    let Some(cluster) = cluster() else {
        return;
    };
    let master = cluster.master_of_slot(FOO).unwrap();
    let replica = replica_of(&cluster, &master);
    let mut connection = crate::connect(master.address).unwrap();
    say::<String>(&mut connection, &["SET", "foo", "1"]).unwrap();
    assert_eq!(
        say::<u8>(&mut connection, &["WAIT", "1", "5000"]).unwrap(),
        1
    );
    cluster.kill(master.address).unwrap();
    cluster.wait_until_whole().unwrap();
    assert_eq!(cluster.master_of_slot(FOO).unwrap().address, replica);
    assert_eq!(ask::<String>(replica, &["GET", "foo"]).unwrap(), "1");
    cluster.restart(master.address).unwrap();
    cluster.wait_until_whole().unwrap();
    let now = cluster.master_of_slot(FOO).unwrap();
    assert_eq!(replica_of(&cluster, &now), master.address);
}

#[test]
fn a_paused_master_is_replaced_and_follows_when_it_goes_on() {
    let Some(cluster) = cluster() else {
        return;
    };
    let master = cluster.master_of_slot(FOO).unwrap();
    let replica = replica_of(&cluster, &master);
    cluster.pause(master.address).unwrap();
    cluster.wait_until_whole().unwrap();
    assert_eq!(cluster.master_of_slot(FOO).unwrap().address, replica);
    cluster.resume(master.address).unwrap();
    cluster.wait_until_whole().unwrap();
    let role: String = ask(master.address, &["INFO", "replication"]).unwrap();
    assert!(role.contains("role:slave"), "{role}");
}

#[test]
fn a_planned_failover_changes_the_owner() {
    let Some(cluster) = cluster() else {
        return;
    };
    let master = cluster.master_of_slot(FOO).unwrap();
    let replica = replica_of(&cluster, &master);
    ask::<String>(master.address, &["SET", "foo", "1"]).unwrap();
    cluster.failover(replica).unwrap();
    assert_eq!(cluster.master_of_slot(FOO).unwrap().address, replica);
    assert_eq!(ask::<String>(replica, &["GET", "foo"]).unwrap(), "1");
    assert!(cluster.failover(replica).is_err(), "it is a master");
}

#[test]
fn a_slot_moves_with_its_keys_and_answers_ask_on_its_way() {
    let Some(cluster) = cluster() else {
        return;
    };
    let from = cluster.master_of_slot(FOO).unwrap();
    let masters = cluster.masters().unwrap();
    let to = masters
        .iter()
        .find(|master| **master != from)
        .unwrap()
        .address;
    for number in 0..250 {
        let key = format!("{{foo}}{number}");
        ask::<String>(from.address, &["SET", &key, "1"]).unwrap();
    }
    cluster.begin_move(FOO, to).unwrap();
    assert_eq!(
        ask::<String>(from.address, &["GET", "{foo}7"]).unwrap(),
        "1"
    );
    cluster.move_keys(FOO, to).unwrap();
    let on_its_way = ask::<String>(from.address, &["GET", "{foo}7"]).unwrap_err();
    assert_eq!(on_its_way.code(), Some("ASK"));
    cluster.finish_move(FOO, to).unwrap();
    assert_eq!(cluster.master_of_slot(FOO).unwrap().address, to);
    assert_eq!(ask::<String>(to, &["GET", "{foo}249"]).unwrap(), "1");
    let count = ["CLUSTER", "COUNTKEYSINSLOT", &FOO.to_string()];
    assert_eq!(ask::<u32>(to, &count).unwrap(), 250);
    cluster.move_slot(FOO, from.address).unwrap();
    assert_eq!(ask::<u32>(from.address, &count).unwrap(), 250);
}
