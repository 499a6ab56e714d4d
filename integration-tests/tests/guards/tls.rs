//! TLS with client certificates, and a limited user.

use integration_tests::RedisTls;

use crate::{available, lives, say};

fn server() -> Option<RedisTls> {
    available(RedisTls::start("shop:*"))
}

#[test]
fn the_user_reaches_the_keys_of_the_pattern_and_no_others() {
    let Some(server) = server() else {
        return;
    };
    let mut user = server.connect().unwrap();
    say::<String>(&mut user, &["SET", "shop:1", "a", "PX", "60000"]).unwrap();
    assert_eq!(say::<String>(&mut user, &["GET", "shop:1"]).unwrap(), "a");
    for words in [["SET", "shopping:1", "a"].as_slice(), &["GET", "other"]] {
        let refused = say::<Option<String>>(&mut user, words).unwrap_err();
        assert_eq!(refused.code(), Some("NOPERM"), "{words:?}");
    }
    assert_eq!(server.key_pattern(), "shop:*");
}

#[test]
fn the_user_has_the_commands_of_a_cache_and_no_others() {
    let Some(server) = server() else {
        return;
    };
    let mut user = server.connect().unwrap();
    let script = "return redis.call('PEXPIRE', KEYS[1], 60000)";
    let hash: String = say(&mut user, &["SCRIPT", "LOAD", script]).unwrap();
    say::<String>(&mut user, &["SET", "shop:1", "a"]).unwrap();
    assert_eq!(
        say::<u8>(&mut user, &["EVALSHA", &hash, "1", "shop:1"]).unwrap(),
        1
    );
    say::<redis::Value>(&mut user, &["SCAN", "0", "MATCH", "shop:*"]).unwrap();
    assert_eq!(say::<u8>(&mut user, &["UNLINK", "shop:1"]).unwrap(), 1);
    for words in [
        ["KEYS", "*"].as_slice(),
        &["FLUSHALL"],
        &["CONFIG", "GET", "*"],
        &["CLIENT", "LIST"],
    ] {
        let refused = say::<redis::Value>(&mut user, words).unwrap_err();
        assert_eq!(refused.code(), Some("NOPERM"), "{words:?}");
    }
    let mut admin = server.connect_admin().unwrap();
    assert!(
        say::<Vec<String>>(&mut admin, &["KEYS", "*"])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn whom_the_server_does_not_know_it_refuses() {
    let Some(server) = server() else {
        return;
    };
    let (ca, ours) = (server.ca(), server.client_identity());
    let theirs = (server.wrong_client_certificate(), server.wrong_client_key());
    let (user, password) = (RedisTls::USER, server.password());
    assert!(server.connect_as(user, password, &ca, Some(&ours)).is_ok());
    let refused = [
        (
            "another password",
            server.connect_as(user, "guess", &ca, Some(&ours)),
        ),
        (
            "the default user",
            server.connect_as("default", "", &ca, Some(&ours)),
        ),
        (
            "another's authority",
            server.connect_as(user, password, &server.wrong_ca(), Some(&ours)),
        ),
        (
            "another's certificate",
            server.connect_as(user, password, &ca, Some(&theirs)),
        ),
        (
            "no certificate",
            server.connect_as(user, password, &ca, None),
        ),
    ];
    for (what, answer) in refused {
        let Err(why) = answer else {
            panic!("{what} is let in");
        };
        assert!(!why.to_string().contains(password), "{what}");
    }
}

#[test]
fn nothing_but_tls_is_spoken() {
    let Some(server) = server() else {
        return;
    };
    let address = ([127, 0, 0, 1], server.port()).into();
    assert!(crate::ask::<String>(address, &["PING"]).is_err());
}

#[test]
fn process_and_certificates_go_with_the_guard() {
    let Some(server) = server() else {
        return;
    };
    let (id, key) = (server.process_id(), server.client_key());
    assert!(lives(id) && key.is_file());
    drop(server);
    assert!(!lives(id) && !key.exists());
}
