//! `ttl`.

use cache_core::{CodecKind, Entry, Flags, Meta};
use serde_json::json;

use crate::entries::{json, meta};
use crate::place::Place;

#[test]
fn the_remaining_life_is_shown_without_the_value() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("\"secret\""));
    let said = place.run("ttl", &[&address]);
    assert_eq!(said.code, 0);
    assert!(
        said.out.contains("  fresh     for 59m5") && said.out.contains("  dead      in 1h59m"),
        "{said:?}"
    );
    assert!(!said.out.contains("secret"));
    let object = place.run_on_id("ttl", "7", &["--json"]).object();
    assert_eq!(
        (&object["address"], &object["state"]),
        (&json!(address), &json!("fresh"))
    );
    assert_eq!(
        object["fresh_for_ms"].as_u64().unwrap().div_ceil(10_000),
        360
    );
}

#[test]
fn what_does_not_live_has_none() {
    let place = Place::new();
    let lease = place.plant_id(b"lease", &Entry::lease(meta(0, 60)));
    for address in [lease, place.address(b"nothing")] {
        for arguments in [&[&*address][..], &[&address, "--set", "5m"]] {
            let said = place.run("ttl", arguments);
            assert_eq!((said.code, said.out.as_str()), (1, ""));
            assert!(said.err.contains("no live entry"), "{said:?}");
        }
    }
    let said = place.run_on_id("ttl", "7", &[]);
    assert_eq!(said.code, 1);
}

#[test]
fn a_new_life_begins_now_and_the_stale_window_stays() {
    let place = Place::new();
    let old = Meta {
        flags: Flags::EXPIRED,
        ..meta(100, 60)
    };
    let address = place.plant_id(b"7", &Entry::encoded(old, CodecKind::Json, b"1"[..].into()));
    assert_eq!(
        place.run("ttl", &["--json", &address]).object()["state"],
        "stale"
    );
    let said = place.run_on_id("ttl", "7", &["--set", "10m", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        (&object["state"], &object["value"], &object["expired"]),
        (&json!("fresh"), &json!(1), &json!(false))
    );
    let millis = |name: &str| object[name].as_u64().unwrap();
    assert_eq!(millis("fresh_for_ms").div_ceil(60_000), 10);
    assert_eq!(millis("dead_in_ms") - millis("fresh_for_ms"), 3_600_000);
    let left: u64 = redis::cmd("PTTL")
        .arg(&address)
        .query(&mut place.raw())
        .unwrap();
    assert!((4_100_000..=4_202_000).contains(&left), "{left}");
    assert_eq!(place.run("ttl", &[&address, "--set", "never"]).code, 0);
    let left: i64 = redis::cmd("PTTL")
        .arg(&address)
        .query(&mut place.raw())
        .unwrap();
    assert_eq!(left, -1);
}
