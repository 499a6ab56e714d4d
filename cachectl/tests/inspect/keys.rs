//! How a key is named: by an address, or by an id in its domain.

use cache_core::{Entry, address};
use serde_json::json;

use crate::entries::{json, meta};
use crate::place::Place;

#[test]
fn any_bytes_are_an_id_and_what_scan_prints_names_it() {
    let place = Place::new();
    let ids: [&[u8]; 8] = [
        b"93002423",
        b"",
        b"a:b",
        b"100%",
        b"\x1b[2J\n\0",
        b"\xff\xfe",
        "Jitä*?".as_bytes(),
        b"-1",
    ];
    for (number, id) in ids.into_iter().enumerate() {
        let entry = Entry::encoded(
            meta(0, 60),
            cache_core::CodecKind::Json,
            number.to_string().into_bytes().into(),
        );
        place.plant_id(id, &entry);
    }
    let listed = place.run("scan", &["--json", "--namespace", &place.namespace]);
    assert_eq!(listed.json().len(), ids.len());
    for (number, id) in ids.into_iter().enumerate() {
        let address = place.address(id);
        assert!(listed.out.contains(&format!("\"{address}\"")), "{listed:?}");
        assert_eq!(
            place.run("get", &["--json", &address]).object()["value"],
            number
        );
        let escaped = address.rsplit(':').next().unwrap();
        let found = place.run_on_id("get", escaped, &["--json"]).object();
        assert_eq!(
            (&found["address"], &found["value"]),
            (&json!(address), &json!(number))
        );
    }
}

#[test]
fn in_an_id_alone_characters_may_stand_for_themselves() {
    let place = Place::new();
    for (id, spelling) in [
        ("a:b", "a:b"),
        ("100%", "100%25"),
        ("Jitä *", "Jitä *"),
        ("-1", "-1"),
        ("x", "%78"),
    ] {
        let address = place.plant_id(id.as_bytes(), &json("1"));
        assert_eq!(
            place.run_on_id("get", spelling, &["--json"]).object()["address"],
            address
        );
    }
}

#[test]
fn an_id_is_found_under_every_epoch_and_schema() {
    let place = Place::new();
    let planted = [(0, 0xff), (1, 0xff), (1, 0xfe)].map(|(epoch, schema)| {
        let key = place.key(epoch, schema, b"7");
        place.plant(&key, &json("1"));
        address::entry(&key.as_key())
    });
    place.plant(&place.key(2, 0xff, b"77"), &json("1"));
    let found = place.run_on_id("get", "7", &["--json"]);
    let mut addresses: Vec<_> = found
        .json()
        .iter()
        .map(|object| object["address"].clone())
        .collect();
    addresses.sort_by_key(ToString::to_string);
    let mut expected = planted.to_vec();
    expected.sort();
    assert_eq!(
        (found.code, addresses),
        (0, expected.iter().map(|address| json!(address)).collect())
    );
    let refused = place.run_on_id("get", "7", &["--raw"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("several"), "{refused:?}");
}

#[test]
fn by_its_id_a_lease_and_damage_are_reached_where_anything_of_their_kind_lives() {
    let place = Place::new();
    let lease = place.plant_id(b"lease", &Entry::lease(meta(0, 60)));
    let damaged = place.address(b"damaged");
    place.set(&damaged, b"nonsense");
    let nowhere = place.run_on_id("get", "lease", &[]);
    assert_eq!(
        nowhere.code, 1,
        "the domain has no live entry to learn from"
    );
    assert!(
        nowhere.err.contains("under no epoch and schema"),
        "{nowhere:?}"
    );
    place.plant_id(b"neighbour", &json("1"));
    for (id, address, state) in [
        ("lease", lease, "lease"),
        ("damaged", damaged, "unreadable"),
    ] {
        let said = place.run_on_id("get", id, &["--json"]);
        assert_eq!((said.code, &said.object()["state"]), (1, &json!(state)));
        let said = place.run_on_id("del", id, &[]);
        assert_eq!(said.out, format!("removed {address}\n1 removed\n"));
        assert!(!place.exists(&address));
    }
}

#[test]
fn other_domains_and_namespaces_are_left_alone() {
    let place = Place::new();
    let other = format!("{}:1:pilots.00000000000000ff:7", place.namespace);
    let longer = format!("{}x:1:pilot.00000000000000ff:7", place.namespace);
    let bytes = crate::entries::bytes_of(&place.key(1, 0xff, b"7"), &json("1"));
    place.set(&other, &bytes);
    place.set(&longer, &bytes);
    assert_eq!(place.run_on_id("del", "7", &[]).code, 1);
    assert!(place.exists(&other) && place.exists(&longer));
}
