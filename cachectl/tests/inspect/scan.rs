//! `scan`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use cache_core::{Entry, address};
use serde_json::json;

use crate::entries::{bytes_of, json, meta};
use crate::place::{Place, command};
use crate::slow;

/// Plants this many entries in one step.
fn many(place: &Place, count: usize) {
    let mut set = redis::cmd("MSET");
    for id in 0..count {
        let key = place.key(1, 0xff, id.to_string().as_bytes());
        set.arg(address::entry(&key.as_key()))
            .arg(bytes_of(&key, &json("1")));
    }
    set.exec(&mut place.raw()).unwrap();
}

#[test]
fn live_entries_are_listed_a_line_each() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("\"12345\""));
    let negative = place.plant_id(b"8", &Entry::negative(meta(0, 60)));
    place.plant_id(b"9", &Entry::lease(meta(0, 60)));
    place.set(&place.address(b"10"), b"nonsense");
    place.set(&format!("{}:1:pilot#:7", place.namespace), b"5");
    let names = ["--namespace", &*place.namespace];
    let said = place.run("scan", &names);
    let mut lines: Vec<_> = said.out.lines().collect();
    lines.sort_unstable();
    assert_eq!((said.code, lines.len()), (0, 2), "{said:?}");
    assert!(
        lines[0].starts_with(&format!("{address}  fresh  age 1h  fresh for 59m5")),
        "{lines:?}"
    );
    assert!(lines[0].ends_with("  json  7 B"), "{lines:?}");
    assert!(
        lines[1].starts_with(&negative) && lines[1].contains("  fresh, negative  age "),
        "{lines:?}"
    );

    let listed = place
        .run(
            "scan",
            &[&names[..], &["--json", "--domain", "pilot"]].concat(),
        )
        .json();
    let first = listed
        .iter()
        .find(|line| line["address"] == address)
        .unwrap();
    assert_eq!(
        (listed.len(), &first["weight"], &first["codec"]),
        (2, &json!(7), &json!("json"))
    );
    let said = place.run("scan", &[&names[..], &["--domain", "other"]].concat());
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, ""),
        "an empty list is an answer"
    );
}

#[test]
fn the_caches_own_records_are_listed_where_they_are_named() {
    let place = Place::new();
    let space = cache_core::Space::new(&place.namespace, "_cache", 0).unwrap();
    let key = cache_core::OwnedKey::new(space, cache_core::Epoch(0), &b"live"[..]).unwrap();
    let address = place.plant(&key, &json("1"));
    let names = ["--namespace", &*place.namespace];
    assert_eq!(place.run("scan", &names).out, "");
    let said = place.run("scan", &[&names[..], &["--domain", "_cache"]].concat());
    assert!(said.out.starts_with(&address), "{said:?}");
}

#[test]
fn a_limit_ends_the_walk() {
    let place = Place::new();
    many(&place, 600);
    let names = ["--namespace", &*place.namespace, "--limit"];
    for limit in [1, 300, 600] {
        let said = place.run("scan", &[&names[..], &[&limit.to_string()]].concat());
        assert_eq!((said.code, said.out.lines().count()), (0, limit));
    }
    assert_eq!(place.run("scan", &[&names[..], &["0"]].concat()).code, 2);
}

#[test]
fn who_has_read_enough_may_leave() {
    let place = Place::new();
    many(&place, 5_000);
    let mut child = command()
        .args([
            "scan",
            "--cache",
            &place.url(),
            "--namespace",
            &place.namespace,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with(&place.namespace));
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        (ended.status.code(), ended.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

/// Real time: each answer of the server comes late, and the walk as a whole takes longer than any call may.
#[test]
fn a_walk_may_take_longer_than_a_call() {
    let place = Place::new();
    many(&place, 10_000);
    let slow = slow::Way::to(&place.server, slow::LATE);
    let url = format!("redis://127.0.0.1:{}", slow.port());
    let names = [
        "--cache",
        &url,
        "--deadline",
        "1s",
        "--namespace",
        &place.namespace,
    ];
    let (took, said) = slow::timed(&[&["scan"], &names[..]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(took.as_secs() >= 1, "the way was not slow: {took:?}");
    let found: BTreeSet<_> = said
        .out
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(found.len(), 10_000);
    let (_, said) = slow::timed(&[&["stats", "--count"], &names[..]].concat());
    assert!(said.out.ends_with("count         10000\n"), "{said:?}");
}
