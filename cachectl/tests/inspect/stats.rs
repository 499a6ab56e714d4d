//! `stats` and `ping`.

use serde_json::{Value, json};

use crate::entries::json;
use crate::place::{Place, cachectl};

#[test]
fn what_is_not_counted_is_told_and_never_zero() {
    let place = Place::new();
    let said = place.run("stats", &[]);
    assert_eq!(said.code, 0);
    assert!(said.out.starts_with("backend       redis\n"), "{said:?}");
    assert!(
        said.out.contains("\nentries       not counted\n"),
        "{said:?}"
    );
    let object = place.run("stats", &["--json"]).object();
    assert_eq!(
        (&object["backend"], &object["entries"]),
        (&json!("redis"), &Value::Null)
    );
    assert_eq!(object.get("count"), None);
}

#[test]
fn a_namespace_or_a_domain_is_counted_on_request() {
    let place = Place::new();
    for id in ["1", "2", "3"] {
        place.plant_id(id.as_bytes(), &json("1"));
    }
    let count = |arguments: &[&str]| {
        let names = ["--json", "--count", "--namespace", &place.namespace];
        place.run("stats", &[&names, arguments].concat()).object()["count"].clone()
    };
    assert_eq!(
        (
            count(&[]),
            count(&["--domain", "pilot"]),
            count(&["--domain", "other"])
        ),
        (json!(3), json!(3), json!(0))
    );
}

#[test]
fn a_store_in_this_process_is_empty_and_counts() {
    let said = cachectl(&["stats", "--json", "--cache", "moka:?max_capacity=10"]);
    let object = said.object();
    assert_eq!(
        (&object["entries"], &object["max_entries"]),
        (&json!(0), &json!(10))
    );
    for url in ["moka:", "none:"] {
        let said = cachectl(&["get", "--cache", url, "a:1:b.00000000000000ff:7"]);
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert!(said.err.contains("nothing stands there"), "{said:?}");
        assert_eq!(cachectl(&["scan", "--cache", url]).code, 0);
        assert_eq!(cachectl(&["ping", "--cache", url]).code, 0);
    }
}

#[test]
fn round_trips_are_measured() {
    let place = Place::new();
    let said = place.run("ping", &[]);
    assert_eq!(said.code, 0);
    assert!(
        said.out.starts_with("redis: 10 pings after one of "),
        "{said:?}"
    );
    let object = place.run("ping", &["--json", "--count", "5"]).object();
    let micros = |name: &str| object[name].as_u64().unwrap();
    assert_eq!(micros("pings"), 5);
    assert!(micros("min_us") > 0);
    assert!(micros("min_us") <= micros("median_us") && micros("median_us") <= micros("max_us"));
    assert!(micros("first_us") > 0);
}
