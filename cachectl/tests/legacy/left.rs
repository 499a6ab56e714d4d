//! What cannot be taken over is left, counted, and told without its key and its value.

use crate::app::App;
use crate::place::{Place, RELEASE, Said};
use crate::planted::{Planted, ROWS, plant};

const CHARACTERS: &str = "[[map]]\nkeys = 'esi:character:{id}'\ndomain = 'character'\n";

fn body() -> Vec<u8> {
    Planted::of(0).body().into_bytes()
}

#[test]
fn what_is_no_json_is_left_and_told() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    for (id, bytes) in [
        ("1", &b"hunter2"[..]),
        ("2", b"{\"name\":\"hunter2\""),
        ("3", b""),
        ("4", b"\x83\x68\x02\xff"),
    ] {
        place.set(&format!("esi:character:{id}"), bytes);
    }
    let mut push = redis::cmd("RPUSH");
    let push = push.arg("esi:character:5").arg("hunter2");
    push.exec(&mut place.raw()).unwrap();
    place.set("esi:character:90000000", &body());
    let said = place.migrate(CHARACTERS, &[]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (1, "found 6, moved 1, not_json 5")
    );
    assert!(said.err.contains("5 hold no JSON"), "{said:?}");
    assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
    assert_eq!(app.entries("character").len(), 1);
    assert_eq!(place.get("esi:character:1").unwrap(), b"hunter2");
    // Nothing stands in the way of a load.
    let leases: Vec<String> = redis::cmd("KEYS")
        .arg("eve:4294967296:character*")
        .query(&mut place.raw())
        .unwrap();
    assert_eq!(leases.len(), 1, "{leases:?}");
}

#[test]
fn a_key_without_an_end_needs_to_be_told_one() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    let mut set = redis::cmd("SET");
    let set = set.arg("esi:character:90000000").arg(body());
    set.exec(&mut place.raw()).unwrap();
    let said = place.migrate(CHARACTERS, &[]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (1, "found 1, endless 1")
    );
    assert!(said.err.contains("1 have no end (`endless`"), "{said:?}");
    assert_eq!(app.entries("character").len(), 0);

    let said = place.migrate(&format!("{CHARACTERS}endless = '24h'"), &[]);
    assert_eq!((said.code, said.total().as_str()), (0, "found 1, moved 1"));
    let meta = app.entries("character")["90000000"];
    assert_eq!(meta.dead_at.since(meta.created).as_secs(), 86_400);
}

#[test]
fn values_up_to_the_limit_are_moved_and_larger_ones_left() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    let padded = |length: usize| {
        let body = String::from_utf8(body()).unwrap();
        let padding = " ".repeat(length - body.len());
        (body + &padding).into_bytes()
    };
    // Around what is read a page at a time, and around the largest payload.
    for (id, length) in [(1, 65_536), (2, 65_537), (3, 200_000), (4, 200_001)] {
        place.set(&format!("esi:character:{id}"), &padded(length));
    }
    let url = format!("{}?max_payload=200000", place.url());
    let mut command = place.command_at(&url, CHARACTERS, &[]);
    let said = Said::of(command.output().unwrap());
    assert_eq!(
        (said.code, said.total().as_str()),
        (1, "found 4, moved 3, too_large 1")
    );
    assert!(
        said.err.contains("1 are larger than `max_payload`"),
        "{said:?}"
    );
    let entries = app.entries("character");
    assert!(["1", "2", "3"].iter().all(|id| entries.contains_key(*id)));
    let mut command = place.command_at(&url, CHARACTERS, &["--delete"]);
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.total(), "found 4, present 3, too_large 1, deleted 3");
}

#[test]
fn keys_that_only_begin_alike_are_counted_and_left_alone() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    plant(&place, 6);
    // As the first cache of the application wrote them, and a killmail without its hash.
    for key in ["esi:character:1:1.0.0", "esi:character:", "esi:killmail:7"] {
        place.set(key, &body());
    }
    for neighbour in ["esi:characters:1", "other", "esi:search:a:true"] {
        place.set(neighbour, &body());
    }
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.total(), "found 6, moved 6, deleted 6, unmatched 3");
    assert_eq!(said.row(0), "found 1, moved 1, deleted 1, unmatched 2");
    assert_eq!(said.row(5), "found 1, moved 1, deleted 1, unmatched 1");
    assert_eq!(app.entries("character").len(), 1);
    assert!(place.get("esi:search:a:true").is_some());
    assert!(place.get("esi:killmail:7").is_some());
}

#[test]
fn the_caches_own_entries_are_nobodys_old_keys() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    plant(&place, 6);
    assert_eq!(place.migrate(ROWS, &[]).total(), "found 6, moved 6");
    // A row that means the addresses themselves.
    let rows = "[[map]]\nkeys = 'eve:{epoch}:{domain}:{id}'\ndomain = 'character'\n";
    let before = place.count();
    let said = place.migrate(rows, &["--delete"]);
    assert_eq!((said.code, said.total().as_str()), (0, ""));
    assert_eq!((place.count(), app.entries("character").len()), (before, 1));
}

/// What does not fit the type is a miss, and in nobody's way: the next load stores over it.
#[test]
fn json_of_another_shape_is_loaded_over() {
    let place = Place::new();
    let app = App::start(&place, RELEASE);
    place.set("esi:character:90000000", b"{\"ticker\":\"TICK\"}");
    assert_eq!(place.migrate(CHARACTERS, &[]).total(), "found 1, moved 1");
    let one = Planted::of(0);
    assert_eq!(app.get(one), None);
    let value: eve::model::Character = serde_json::from_str(&one.body()).unwrap();
    app.run(async {
        let load = |_| async { Ok::<_, std::io::Error>(value) };
        let loaded = app.eve.characters().get_or_load_with(one.id, load).await;
        assert!(loaded.unwrap().is_some());
    });
    app.settle();
    assert_eq!(app.get(one).unwrap()["name"], "Pilot 90000000");
}
