//! Stores that are not there, arguments that are wrong, and what no message repeats.

use std::net::TcpListener;

use crate::entries::json;
use crate::place::{Place, Said, cachectl, command};
use crate::slow::{nobody, timed};

const ADDRESS: &str = "app:1:pilot.00000000000000ff:7";

/// Every command, as far as it needs arguments.
fn commands() -> [Vec<&'static str>; 8] {
    [
        vec!["get", ADDRESS],
        vec!["get", "7", "--domain", "pilot"],
        vec!["put", ADDRESS, "1", "--ttl", "5m"],
        vec!["del", ADDRESS],
        vec!["ttl", ADDRESS],
        vec!["scan"],
        vec!["stats"],
        vec!["ping"],
    ]
}

#[test]
fn a_store_that_is_not_there_is_exit_3_within_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for place in [nobody(), silent.local_addr().unwrap()] {
        let url = format!("redis://:hunter2@{place}");
        for command in commands() {
            let arguments = [&command[..], &["--cache", &url, "--deadline", "300ms"]].concat();
            let (took, said) = timed(&arguments);
            assert_eq!(
                (said.code, said.out.as_str()),
                (3, ""),
                "{arguments:?}: {said:?}"
            );
            assert!(said.err.contains("the store does not answer"), "{said:?}");
            assert!(!said.err.contains("hunter2"), "{said:?}");
            assert!(took.as_secs() < 5, "{arguments:?}: {took:?}");
        }
    }
}

#[test]
fn a_url_that_is_none_is_exit_2_and_not_repeated() {
    for (url, expected) in [
        ("hunter2", "no URL"),
        ("memcached://:hunter2@h", "unknown scheme `memcached`"),
        ("redis://:hunter2@h/hunter2", "number of a database"),
        ("redis://:hunter2@h?dedline=1s", "dedline"),
        ("moka://:hunter2@h", "neither host nor path"),
        ("env:CACHE_URL_THAT_NOBODY_SET", "it is not set"),
    ] {
        for command in commands() {
            let said = cachectl(&[&command[..], &["--cache", url]].concat());
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{url}");
            assert!(
                said.err.contains("--cache: ") && said.err.contains(expected),
                "{said:?}"
            );
            assert!(!said.err.contains("hunter2"), "{said:?}");
        }
    }
}

#[test]
fn a_password_is_read_from_a_variable_and_never_shown() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("1"));
    let user = format!("u{}", place.namespace);
    let mut acl = redis::cmd("ACL");
    acl.arg(&["SETUSER", &user, "on", ">hunter2", "allkeys", "allcommands"]);
    acl.exec(&mut place.raw()).unwrap();
    let with = |password: &str| {
        let url = place
            .url()
            .replace("redis://", &format!("redis://{user}:{password}@"));
        let mut command = command();
        command
            .args(["get", "--cache", "env:APP_CACHE", &address])
            .env("APP_CACHE", url);
        Said::of(command.output().unwrap())
    };
    let said = with("hunter2");
    assert_eq!(said.code, 0, "{said:?}");
    let said = with("hunter3");
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("the store refused: ")
            && said.err.contains("refused `username` and `password`"),
        "{said:?}"
    );
    assert!(!said.err.contains("hunter"), "{said:?}");
    redis::cmd("ACL")
        .arg(&["DELUSER", &user])
        .exec(&mut place.raw())
        .unwrap();
}

#[test]
fn who_may_only_read_sees_everything_but_leases() {
    let place = Place::new();
    let address = place.plant_id(b"7", &json("1"));
    let user = format!("r{}", place.namespace);
    let mut acl = redis::cmd("ACL");
    acl.arg(&[
        "SETUSER",
        &user,
        "on",
        "nopass",
        "allkeys",
        "-@all",
        "+get",
        "+getrange",
        "+scan",
        "+ping",
    ]);
    acl.exec(&mut place.raw()).unwrap();
    let url = place
        .url()
        .replace("redis://", &format!("redis://{user}:x@"));
    assert_eq!(cachectl(&["get", "--cache", &url, &address]).code, 0);
    let said = cachectl(&["get", "--cache", &url, &place.address(b"none")]);
    assert_eq!(said.code, 1, "{said:?}");
    let said = cachectl(&["del", "--cache", &url, &address]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("may not run this command"), "{said:?}");
    redis::cmd("ACL")
        .arg(&["DELUSER", &user])
        .exec(&mut place.raw())
        .unwrap();
}

#[test]
fn an_address_or_an_id_that_is_none_is_exit_2() {
    for (arguments, expected) in [
        (&["app:1:pilot.ff:7"][..], "no address"),
        (&["7"], "no address"),
        (&["app:1:pilot.00000000000000ff:a b"], "no address"),
        (&["100%", "--domain", "pilot"], "`%25`"),
        (&["%zz", "--domain", "pilot"], "`%25`"),
        (&["7", "--domain", "No Domain"], "[a-z][a-z0-9_]*"),
        (&["7", "--domain", "pilot", "--namespace", ""], "namespace"),
        (&[ADDRESS, "--namespace", "app"], "--domain"),
        (&["--raw", "--json", ADDRESS], "--json"),
        (&[], "KEY"),
    ] {
        let said = cachectl(&[&["get", "--cache", "moka:"], arguments].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}");
        assert!(said.err.contains(expected), "{said:?}");
    }
    let long = "x".repeat(1_025);
    let said = cachectl(&["get", "--cache", "moka:", "--domain", "pilot", &long]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("1,024 bytes"), "{said:?}");
}

#[test]
fn no_url_in_the_wrong_place_is_repeated() {
    for arguments in [
        &["get", "redis://:hunter2@h", "--cache", "moka:"][..],
        &["ping", "redis://:hunter2@h"],
        &["get", ADDRESS, "redis://:hunter2@h", "--cache", "moka:"],
        &[
            "ping",
            "--cache",
            "moka:",
            "--deadline",
            "redis://:hunter2@h",
        ],
    ] {
        let said = cachectl(arguments);
        assert_eq!(said.code, 2);
        assert!(
            !said.err.is_empty() && !said.err.contains("hunter2"),
            "{said:?}"
        );
    }
}

#[test]
fn a_deadline_of_zero_is_refused() {
    let said = cachectl(&["ping", "--cache", "moka:", "--deadline", "0s"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--deadline"), "{said:?}");
}
