//! A change in one process while another loads.

use std::process::Command;

use crate::node::{Node, Place};

/// Goes through one change: A loads, B or somebody else changes, A's load ends. `put` is what the change left there.
fn against(
    (a, b): (&mut Node, &mut Node),
    id: &str,
    put: Option<&str>,
    change: impl FnOnce(&mut Node),
) {
    let (_, fenced) = a.stats();
    a.start_load(id, "before");
    change(b);
    a.tell("go");
    assert_eq!(a.hear(), format!("loaded {id} before"));
    // Nothing was published.
    let left = put.map_or("nothing".to_owned(), |value| format!("found {value}"));
    assert_eq!(a.ask(&format!("get {id}")), left);
    assert_eq!(b.ask(&format!("get {id}")), left);
    assert_eq!(a.stats().1, fenced + 1);
    // The next reads load again, one for both; or they see what was put.
    let next = format!("read {}", put.unwrap_or("after"));
    assert_eq!(a.ask(&format!("read {id} after")), next);
    assert_eq!(b.ask(&format!("read {id} never")), next);
}

#[test]
fn a_change_in_another_process_keeps_the_load_out() {
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    let changes = [
        ("invalidate", "invalidate 1", None),
        ("put", "put 2 put", Some("put")),
        ("update", "update 3 updated", Some("updated")),
        ("expire", "expire 4", None),
        ("clear", "clear", None),
    ];
    for (id, (name, command, put)) in (1..).zip(changes) {
        println!("{name}");
        against((&mut a, &mut b), &id.to_string(), put, |b| {
            assert_eq!(b.ask(command), "done");
        });
    }
    a.exit();
    b.exit();
}

#[test]
fn a_del_by_any_client_keeps_the_load_of_a_process_out() {
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    against((&mut a, &mut b), "1", None, |_| {
        let lease = place.keys();
        assert_eq!(lease.len(), 1);
        let mut delete = redis::cmd("DEL");
        let deleted: u64 = delete.arg(&lease).query(&mut place.connection()).unwrap();
        assert_eq!(deleted, 1);
    });
}

#[test]
fn a_del_by_redis_cli_keeps_the_load_of_a_process_out() {
    if Command::new("redis-cli").arg("--version").output().is_err() {
        println!("SKIPPED: `redis-cli` is not on the path");
        return;
    }
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    against((&mut a, &mut b), "1", None, |_| {
        let deleted = Command::new("redis-cli")
            .args(["-h", place.server.host()])
            .args(["-p", &place.server.port().to_string()])
            .arg("DEL")
            .args(place.keys())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(deleted.stdout).unwrap().trim(), "1");
    });
}
