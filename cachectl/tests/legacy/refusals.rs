//! Arguments, mappings and stores that are wrong or not there.

use std::net::TcpListener;

use crate::app::App;
use crate::place::{Place, RELEASE, Said};
use crate::planted::{ROWS, plant};

#[test]
fn a_mapping_that_is_wrong_moves_nothing() {
    let place = Place::new();
    plant(&place, 6);
    let _app = App::start(&place, RELEASE);
    let before = place.count();
    for (rows, expected) in [
        ("", "missing field `map`"),
        (
            "[[map]]\nkey = 'a:{id}'\ndomain = 'b'",
            "unknown field `key`",
        ),
        (
            "[[map]]\nkeys = 'esi:character:*'\ndomain = 'character'",
            "accepted is text with at least one part in braces",
        ),
        (
            "[[map]]\nkeys = '{id}'\ndomain = 'character'",
            "it begins with text",
        ),
        (
            "[[map]]\nkeys = 'a:{id}'\ndomain = 'Character'",
            "[a-z][a-z0-9_]*",
        ),
        (
            "[[map]]\nkeys = 'esi:{kind}:{id}'\ndomain = 'character'\n[[map]]\nkeys = 'esi:type:{id}'\ndomain = 'type'",
            "match the same keys",
        ),
        (
            "[[map]]\nkeys = 'a:{id}'\ndomain = 'charcter'",
            "domain `charcter`: nobody is listed there",
        ),
    ] {
        let said = place.migrate(rows, &["--delete"]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{rows}: {said:?}");
        assert!(said.err.contains(expected), "{rows}: {said:?}");
    }
    assert_eq!(place.count(), before);
}

#[test]
fn a_mapping_that_is_not_there_is_named() {
    let place = Place::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cachectl"));
    command.args(["version", "migrate", "--cache", &place.url()]);
    let said = Said::of(
        command
            .args(["--from-legacy", "no/such.toml"])
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 2);
    assert!(said.err.contains("cannot read no/such.toml"), "{said:?}");
}

/// A mapping has a namespace of its own: another one would be passed over.
#[test]
fn a_namespace_beside_a_mapping_is_refused() {
    let place = Place::new();
    let said = place.migrate(ROWS, &["--namespace", "other"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("--namespace"), "{said:?}");
}

/// By then it is the store that refuses, not the arguments that are wrong.
#[test]
fn a_right_that_is_missing_in_the_middle_is_exit_3() {
    let place = Place::new();
    plant(&place, 6);
    let _app = App::start(&place, RELEASE);
    let mut acl = redis::cmd("ACL");
    acl.arg(&["SETUSER", "mover", "on", "nopass", "allkeys", "allcommands"]);
    acl.arg("-scan").exec(&mut place.raw()).unwrap();
    let url = place.url().replace("redis://", "redis://mover:x@");
    let said = Said::of(place.command_at(&url, ROWS, &[]).output().unwrap());
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("may not run this command"), "{said:?}");
    assert_eq!(said.total(), "");
}

#[test]
fn only_redis_has_keys_that_no_cache_wrote() {
    let place = Place::new();
    for (url, expected) in [
        (
            "moka:",
            "backend `moka` has no keys but those of its caches",
        ),
        ("redis://:hunter2@h?dedline=1s", "dedline"),
    ] {
        let said = Said::of(place.command_at(url, ROWS, &[]).output().unwrap());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(
            said.err.contains(expected) && !said.err.contains("hunter2"),
            "{said:?}"
        );
    }
}

#[test]
fn a_store_that_is_not_there_is_exit_3() {
    let place = Place::new();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = format!("redis://:hunter2@{nobody}");
    let arguments = ["--deadline", "300ms"];
    let said = Said::of(place.command_at(&url, ROWS, &arguments).output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.err.contains("the store does not answer"), "{said:?}");
    assert!(!said.err.contains("hunter2"), "{said:?}");
}

/// The server takes no more: what was done until then is told, and the rest can be done later.
#[test]
fn a_server_without_memory_ends_the_run() {
    let place = Place::new();
    plant(&place, 600);
    let app = App::start(&place, RELEASE);
    let set = |value: &str| {
        let mut set = redis::cmd("CONFIG");
        let set = set.arg("SET").arg("maxmemory").arg(value);
        set.exec(&mut place.raw()).unwrap();
    };
    set("1mb");
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("no memory left"), "{said:?}");
    assert_eq!(said.report()["total"]["deleted"], 0);
    set("0");
    assert_eq!(place.migrate(ROWS, &[]).code, 0);
    assert_eq!(app.entries("type").len(), 100);
}
