//! `get`.

use cache_core::{CodecKind, Entry, Flags, Lifetime, Meta, Timestamp, Ttl};
use serde_json::{Value, json};

use crate::entries::{bytes_of, json, meta, with_etag};
use crate::place::{Place, command};

#[test]
fn a_value_in_json_is_shown_as_it_was_written_with_its_times() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json(r#"{ "name": "Jita", "b": 1.0, "a": null }"#));
    let said = place.run("get", &[&address]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines[0], address);
    assert_eq!(lines[1], "  state     fresh");
    assert!(
        lines[2].starts_with("  age       1h, since 20"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("  fresh     for 59m5"), "{lines:?}");
    assert!(lines[4].starts_with("  dead      in 1h59m"), "{lines:?}");
    assert_eq!(lines[5], "  codec     json");
    assert_eq!(lines[7], "  bytes     39");
    assert_eq!(lines[8], r#"  value     {"name":"Jita","b":1.0,"a":null}"#);

    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(object["address"], address);
    assert_eq!(
        object["value"],
        json!({"name": "Jita", "b": 1.0, "a": null})
    );
    assert_eq!(
        (&object["state"], &object["bytes"]),
        (&json!("fresh"), &json!(39))
    );
    let millis = |name: &str| object[name].as_u64().unwrap();
    assert_eq!(millis("age_ms") / 10_000, 360);
    assert_eq!(millis("fresh_for_ms").div_ceil(10_000), 360);
    assert_eq!(millis("dead_in_ms").div_ceil(10_000), 720);
    assert_eq!(object["stamp"].as_str().unwrap().len(), 32);
}

#[test]
fn other_codecs_are_hex_and_raw_writes_the_bytes() {
    let place = Place::new();
    for codec in [CodecKind::Bincode, CodecKind::Postcard] {
        let entry = Entry::encoded(meta(0, 60), codec, vec![0x04, 0x1b, b'J', 0xff].into());
        let address = place.plant_id(b"7", &entry);
        let said = place.run("get", &[&address]);
        assert!(said.out.ends_with("\n  hex       041b4aff\n"), "{said:?}");
        let object = place.run("get", &["--json", &address]).object();
        assert_eq!(
            (&object["value_hex"], &object["codec"]),
            (&json!("041b4aff"), &json!(codec.as_str()))
        );
        assert_eq!(object.get("value"), None);
        let url = place.url();
        let raw = command()
            .args(["get", "--raw", "--cache", &url, &address])
            .output()
            .unwrap();
        assert_eq!(raw.stdout, [0x04, 0x1b, b'J', 0xff]);
    }
}

#[test]
fn what_claims_to_be_json_and_is_not_is_hex() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("{"));
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        (&object["value_hex"], &object["codec"]),
        (&json!("7b"), &json!("json"))
    );
}

#[test]
fn stale_expired_endless_and_claimed_are_told() {
    let place = Place::new();
    let of = |meta: Meta| {
        place.plant_id(
            b"7",
            &Entry::encoded(meta, CodecKind::Json, b"1"[..].into()),
        )
    };
    let state = |address: &str| {
        place
            .run("get", &[address])
            .out
            .lines()
            .nth(1)
            .unwrap()
            .to_owned()
    };

    assert_eq!(state(&of(meta(100, 60))), "  state     stale");
    let expired = Meta {
        flags: Flags::EXPIRED,
        ..meta(0, 60)
    };
    assert_eq!(state(&of(expired)), "  state     stale, expired");
    let claimed = Meta {
        claimed_until: meta(0, 60).fresh_until,
        ..meta(100, 60)
    };
    assert_eq!(state(&of(claimed)), "  state     stale, being refreshed");

    let life = Lifetime::starting(Timestamp::ZERO, Ttl::Never, std::time::Duration::ZERO);
    let address = of(Meta::new(meta(0, 1).created, life));
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        (&object["fresh_for_ms"], &object["dead_in_ms"]),
        (&Value::Null, &Value::Null)
    );
    let out = place.run("get", &[&address]).out;
    assert!(
        out.contains("fresh     for ever\n  dead      never\n"),
        "{out}"
    );
}

#[test]
fn known_absence_is_found_and_has_no_value() {
    let place = Place::new();
    let address = place.plant_id(b"7", &Entry::negative(meta(0, 60)));
    let said = place.run("get", &[&address]);
    assert_eq!(said.code, 0);
    assert!(
        said.out.contains("  state     fresh, negative\n"),
        "{said:?}"
    );
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        (&object["negative"], &object["codec"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(place.run("get", &["--raw", &address]).code, 1);
}

#[test]
fn what_a_read_would_not_return_is_exit_1_and_says_why() {
    let place = Place::new();
    let check = |address: &str, state: &str, why: &str| {
        let said = place.run("get", &[address]);
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert!(
            said.err
                .starts_with(&format!("cachectl: not found: {address}: ")),
            "{said:?}"
        );
        assert!(said.err.contains(why), "{said:?}");
        let said = place.run("get", &["--json", address]);
        assert_eq!((said.code, &said.object()["state"]), (1, &json!(state)));
        assert_eq!(place.run("get", &["--raw", address]).code, 1);
    };
    check(&place.address(b"none"), "absent", "nothing stands there");
    check(
        &place.plant_id(b"7", &Entry::lease(meta(0, 60))),
        "lease",
        "somebody is loading it",
    );
    check(
        &place.plant_id(b"8", &Entry::lease(meta(9_000, 60))),
        "absent",
        "nothing stands there",
    );
    let created = Timestamp::from_millis(1_000);
    let dead = Meta {
        fresh_until: created,
        dead_at: created,
        ..meta(100, 60)
    };
    check(
        &place.plant_id(b"9", &Entry::negative(dead)),
        "dead",
        "past its end",
    );
    let ahead = Meta {
        created: Timestamp::NEVER,
        ..meta(0, 60)
    };
    check(
        &place.plant_id(b"10", &Entry::negative(ahead)),
        "unreadable",
        "(clock)",
    );
}

#[test]
fn damage_and_strange_things_are_told_by_their_reason_and_stay() {
    let place = Place::new();
    let key = place.key(1, 0xff, b"7");
    let good = bytes_of(&key, &json("1"));
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut later = good.clone();
    later[4] = 9;
    let other = bytes_of(&place.key(1, 0xfe, b"7"), &json("1"));
    let address = place.address(b"7");
    for (bytes, reason) in [
        (damaged, "checksum"),
        (later, "format"),
        (other, "schema"),
        (b"plain text of somebody else".to_vec(), "magic"),
    ] {
        place.set(&address, &bytes);
        let said = place.run("get", &["--json", &address]);
        assert_eq!((said.code, &said.object()["reason"]), (1, &json!(reason)));
        assert!(
            said.err.contains(&format!("unreadable ({reason})")),
            "{said:?}"
        );
        assert!(place.exists(&address));
    }
    let list = place.address(b"list");
    redis::cmd("RPUSH")
        .arg(&list)
        .arg("x")
        .exec(&mut place.raw())
        .unwrap();
    let said = place.run("get", &[&list]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("unreadable (wrong_type)"), "{said:?}");
    redis::cmd("DEL").arg(&list).exec(&mut place.raw()).unwrap();
}

#[test]
fn nothing_that_steers_a_terminal_is_printed() {
    let place = Place::new();
    let entry = with_etag(json("[\"\u{7f}\u{9b}31m\u{202e}\"]"), "\"\u{1b}[2J\"");
    let address = place.plant_id(b"\x1b[2J\x07\n", &entry);
    for arguments in [
        &["get", &address][..],
        &["get", "--json", &address],
        &["scan", "--namespace", &place.namespace],
    ] {
        let said = place.run(arguments[0], &arguments[1..]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.out.is_empty());
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.out.contains(steers), "{said:?}");
    }
    let object = place.run("get", &["--json", &address]).object();
    assert_eq!(
        object["value"],
        json!(["\u{7f}\u{9b}31m\u{202e}"]),
        "the same value"
    );
    assert_eq!(object["etag"], "\"\u{1b}[2J\"");
}
