//! The servers themselves: they start, answer, do what is asked of them, and end with their guard.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod alone;
mod cluster;
mod container;
mod sentinel;
mod shared;
mod tls;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use integration_tests::Unavailable;
use redis::{Connection, FromRedisValue, RedisResult};

/// What a guard started; where there is no server the test says so and ends, and fails where `CI` is set.
fn available<T>(started: Result<T, Unavailable>) -> Option<T> {
    match started {
        Ok(started) => Some(started),
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            None
        }
    }
}

fn connect(address: SocketAddr) -> RedisResult<Connection> {
    let client = redis::Client::open((address.ip().to_string(), address.port()))?;
    let connection = client.get_connection_with_timeout(Duration::from_secs(1))?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    Ok(connection)
}

fn ask<T: FromRedisValue>(address: SocketAddr, words: &[&str]) -> RedisResult<T> {
    say(&mut connect(address)?, words)
}

fn say<T: FromRedisValue>(connection: &mut Connection, words: &[&str]) -> RedisResult<T> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(word);
    }
    command.query(connection)
}

/// Whether a process is there.
fn lives(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

/// Waits for what happens a little later.
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
