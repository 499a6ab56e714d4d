//! `del`.

use cache_core::address;
use serde_json::json;

use crate::entries::json;
use crate::place::Place;

#[test]
fn an_address_is_removed_once() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("1"));
    let said = place.run("del", &[&address]);
    assert_eq!(
        (said.code, said.out),
        (0, format!("removed {address}\n1 removed\n"))
    );
    assert!(!place.exists(&address));
    let said = place.run("del", &[&address]);
    assert_eq!((said.code, said.out.as_str()), (1, "0 removed\n"));
}

#[test]
fn an_id_is_removed_everywhere_and_counted() {
    let place = Place::new();
    let keys = [place.key(1, 0xff, b"7"), place.key(2, 0xfe, b"7")];
    let addresses = keys.each_ref().map(|key| address::entry(&key.as_key()));
    for key in &keys {
        place.plant(key, &json("1"));
    }
    let neighbour = place.plant_id(b"77", &json("1"));
    let said = place.run_on_id("del", "7", &["--json"]);
    assert_eq!(said.object(), json!({"removed": 2, "addresses": addresses}));
    assert!(place.exists(&neighbour));
    assert!(addresses.iter().all(|address| !place.exists(address)));
    let said = place.run_on_id("del", "7", &["--json"]);
    assert_eq!(
        (said.code, said.object()),
        (1, json!({"removed": 0, "addresses": []}))
    );
}

#[test]
fn a_counter_is_no_entry() {
    let place = Place::new();
    let counter = format!("{}:1:pilot#:7", place.namespace);
    place.set(&counter, b"5");
    let said = place.run("del", &[&counter]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("counter"), "{said:?}");
    assert!(place.exists(&counter));
}
