//! `put`.

use std::io::Write;
use std::process::Stdio;

use cache_core::{Entry, address};
use serde_json::json;

use crate::entries::{json, meta};
use crate::place::{Place, Said, cachectl, command};

#[test]
fn a_value_is_stored_under_an_address_with_its_time_to_live() {
    let place = Place::new();
    let address = place.address(b"7");
    let value = r#"{ "name": "Jita", "n": 12345678901234567890123 }"#;
    let said = place.run("put", &[&address, value, "--ttl", "5m"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out
            .starts_with(&format!("stored {address}, fresh for 4m59s"))
            || said
                .out
                .starts_with(&format!("stored {address}, fresh for 5m")),
        "{said:?}"
    );
    let found = place.run("get", &["--json", &address]);
    assert!(
        found
            .out
            .contains(r#""value":{"name":"Jita","n":12345678901234567890123}"#),
        "{found:?}"
    );
    assert_eq!(found.object()["codec"], "json");
    let left: u64 = redis::cmd("PTTL")
        .arg(&address)
        .query(&mut place.raw())
        .unwrap();
    assert!((290_000..=302_000).contains(&left), "{left}");
    let said = place.run("put", &["--json", &address, "-5", "--ttl", "never"]);
    assert_eq!(said.object(), json!({"address": address, "stored": true}));
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        (&object["value"], &object["dead_in_ms"]),
        (&json!(-5), &json!(null))
    );
}

#[test]
fn a_value_may_come_from_standard_input() {
    let place = Place::new();
    let address = place.address(b"7");
    let mut child = command()
        .args(["put", "--cache", &place.url(), &address, "-", "--ttl", "5m"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"[1,\n2]\n").unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        place.run("get", &["--json", &address]).object()["value"],
        json!([1, 2])
    );
}

#[test]
fn if_absent_leaves_what_is_fresh_alone() {
    let place = Place::new();
    let put = |id: &[u8]| {
        place.run(
            "put",
            &[&place.address(id), "2", "--ttl", "5m", "--if-absent"],
        )
    };
    place.plant_id(b"fresh", &json("1"));
    place.plant_id(b"negative", &Entry::negative(meta(0, 60)));
    place.plant_id(b"stale", &Entry::negative(meta(100, 60)));
    place.plant_id(b"lease", &Entry::lease(meta(0, 60)));
    let mut format = crate::entries::bytes_of(&place.key(1, 0xff, b"later"), &json("1"));
    format[4] = 9;
    place.set(&place.address(b"later"), &format);
    for (id, why) in [
        (&b"fresh"[..], "a fresh entry"),
        (b"negative", "known to be absent"),
        (b"later", "cannot read"),
    ] {
        let said = put(id);
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert!(said.err.contains(why), "{said:?}");
    }
    for id in [&b"stale"[..], b"lease", b"nothing"] {
        assert_eq!(put(id).code, 0);
        assert_eq!(
            place.run("get", &["--json", &place.address(id)]).object()["value"],
            2
        );
    }
}

#[test]
fn by_its_id_what_lives_is_replaced_and_nothing_is_made() {
    let place = Place::new();
    let keys = [place.key(1, 0xff, b"7"), place.key(2, 0xfe, b"7")];
    let addresses = keys.each_ref().map(|key| address::entry(&key.as_key()));
    let put = || place.run_on_id("put", "7", &["2", "--ttl", "5m"]);
    place.plant(&place.key(2, 0xfe, b"neighbour"), &json("1"));
    assert_eq!(put().code, 1);
    place.plant(&keys[0], &json("1"));
    let said = put();
    assert_eq!((said.code, said.out.lines().count()), (0, 1));
    assert_eq!(
        place.run("get", &["--json", &addresses[0]]).object()["value"],
        2
    );
    assert!(!place.exists(&addresses[1]));
    let said = place.run_on_id("put", "8", &["2", "--ttl", "5m"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("name its address"), "{said:?}");
}

#[test]
fn a_value_that_is_no_json_is_refused_and_not_repeated() {
    let place = Place::new();
    let address = place.address(b"7");
    for value in ["hunter2", "{\"hunter2\":}", "", "1 2", "[1e999]"] {
        let said = place.run("put", &[&address, value, "--ttl", "5m"]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(
            said.err.contains("no JSON value") && !said.err.contains("hunter2"),
            "{said:?}"
        );
    }
    assert!(!place.exists(&address));
}

#[test]
fn a_time_to_live_has_to_be_named_and_is_not_zero() {
    let place = Place::new();
    let address = place.address(b"7");
    for arguments in [
        &[&*address, "1"][..],
        &[&address, "1", "--ttl", "0s"],
        &[&address, "1", "--ttl", "5"],
    ] {
        let said = place.run("put", arguments);
        assert_eq!(said.code, 2);
        assert!(said.err.contains("--ttl"), "{said:?}");
    }
    assert!(!place.exists(&address));
}

#[test]
fn what_the_store_does_not_take_is_told() {
    let place = Place::new();
    let address = place.address(b"7");
    let url = format!("{}?max_payload=10", place.url());
    let said = cachectl(&[
        "put",
        "--cache",
        &url,
        &address,
        "\"12345678901\"",
        "--ttl",
        "5m",
    ]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("max_payload"), "{said:?}");
}

#[test]
fn the_memory_of_another_process_is_out_of_reach() {
    for url in ["moka:", "none:"] {
        let said = cachectl(&[
            "put",
            "--cache",
            url,
            "a:1:b.00000000000000ff:7",
            "1",
            "--ttl",
            "5m",
        ]);
        assert_eq!(said.code, 2);
        assert!(
            said.err.contains("keeps nothing beyond this command"),
            "{said:?}"
        );
    }
}
