//! One server.

use std::net::SocketAddr;

use integration_tests::{RedisServer, Way};

use crate::{ask, available, eventually, lives, say};

fn address(server: &RedisServer) -> SocketAddr {
    format!("{}:{}", server.host(), server.port())
        .parse()
        .unwrap()
}

#[test]
fn a_process_answers_and_ends_with_its_guard() {
    let Some(server) = available(RedisServer::local()) else {
        return;
    };
    let (address, id) = (address(&server), server.process_id().unwrap());
    assert_eq!(ask::<String>(address, &["PING"]).unwrap(), "PONG");
    assert!(lives(id), "{}", server.place());
    drop(server);
    assert!(!lives(id));
    assert!(ask::<String>(address, &["PING"]).is_err());
}

#[test]
fn a_process_ends_with_a_test_that_panics() {
    let Some(server) = available(RedisServer::local()) else {
        return;
    };
    let id = server.process_id().unwrap();
    let test = std::thread::spawn(move || {
        let _server = server;
        panic!("as a failing test does");
    });
    assert!(test.join().is_err());
    assert!(!lives(id));
}

#[test]
fn a_forced_process_is_one_whatever_else_is_there() {
    let Some(server) = available(RedisServer::start_on(Way::Local)) else {
        return;
    };
    assert!(server.process_id().is_some());
    assert!(server.place().starts_with("local process, "));
}

#[test]
fn a_named_server_is_used_and_left_running() {
    let Some(server) = available(RedisServer::local()) else {
        return;
    };
    let way = Way::Url {
        host: server.host().to_owned(),
        port: server.port(),
    };
    let named = RedisServer::start_on(way).unwrap();
    assert_eq!(named.port(), server.port());
    assert_eq!(named.process_id(), None);
    assert!(named.pause().is_err(), "it is not this guard's to pause");
    assert!(named.place().starts_with("url, "));
    drop(named);
    assert_eq!(ask::<String>(address(&server), &["PING"]).unwrap(), "PONG");
}

#[test]
fn a_paused_server_is_silent_and_goes_on() {
    let Some(server) = available(RedisServer::local()) else {
        return;
    };
    let mut connection = crate::connect(address(&server)).unwrap();
    say::<String>(&mut connection, &["SET", "a", "1"]).unwrap();
    server.pause().unwrap();
    let silence = say::<String>(&mut connection, &["GET", "a"]).unwrap_err();
    assert!(silence.is_timeout(), "{silence}");
    server.resume().unwrap();
    assert_eq!(ask::<String>(address(&server), &["GET", "a"]).unwrap(), "1");
}

#[test]
fn a_killed_server_comes_back_empty_on_its_port() {
    let Some(server) = available(RedisServer::local()) else {
        return;
    };
    let (address, first) = (address(&server), server.process_id().unwrap());
    ask::<String>(address, &["SET", "a", "1"]).unwrap();
    assert!(server.restart().is_err(), "it runs");
    server.kill().unwrap();
    eventually("it is gone", || !lives(first));
    server.restart().unwrap();
    assert_ne!(server.process_id(), Some(first));
    assert_eq!(ask::<Option<String>>(address, &["GET", "a"]).unwrap(), None);
}

/// Debian's releases up to the twelfth have no Valkey but in their backports: where there is none, this says so, in CI too.
#[test]
fn valkey_answers_like_redis() {
    let server = match RedisServer::valkey() {
        Ok(server) => server,
        Err(why) if why.is_demanded() => panic!("{why}"),
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            return;
        }
    };
    assert_eq!(ask::<String>(address(&server), &["PING"]).unwrap(), "PONG");
}
