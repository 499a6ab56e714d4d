//! A server, and the command run against it.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use cache_core::{Epoch, OwnedKey, Space, address};
use integration_tests::RedisServer;
use serde_json::Value;

pub(crate) use crate::said::Said;

impl Said {
    /// The objects of the lines.
    pub(crate) fn json(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{self:?}"));
        self.out.lines().map(read).collect()
    }

    /// The one object.
    pub(crate) fn object(&self) -> Value {
        let [object] = self.json().try_into().unwrap();
        object
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachectl"));
    command.stdin(Stdio::null());
    command
}

pub(crate) fn cachectl(arguments: &[&str]) -> Said {
    Said::of(command().args(arguments).output().unwrap())
}

/// A namespace of its own on a server.
pub(crate) struct Place {
    pub(crate) server: RedisServer,
    pub(crate) namespace: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        match RedisServer::start() {
            Ok(server) => Self {
                server,
                namespace: format!("t{}-{number}n", std::process::id()),
            },
            Err(why) => panic!("{why}"),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}:{}", self.server.host(), self.server.port())
    }

    /// Runs `cachectl NAME --cache URL ARGUMENTS...`.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Said {
        cachectl(&[&[name, "--cache", &self.url()], arguments].concat())
    }

    /// The same for an id of the domain `pilot`.
    pub(crate) fn run_on_id(&self, name: &str, id: &str, arguments: &[&str]) -> Said {
        let names = ["--namespace", &self.namespace, "--domain", "pilot", id];
        self.run(name, &[&names, arguments].concat())
    }

    /// A key of the domain `pilot`.
    pub(crate) fn key(&self, epoch: u64, schema: u64, id: &[u8]) -> OwnedKey {
        let space = Space::new(&self.namespace, "pilot", schema).unwrap();
        OwnedKey::new(space, Epoch(epoch), id).unwrap()
    }

    /// Its address, in epoch 1 and schema 0xff.
    pub(crate) fn address(&self, id: &[u8]) -> String {
        address::entry(&self.key(1, 0xff, id).as_key())
    }

    /// A connection below every backend.
    pub(crate) fn raw(&self) -> redis::Connection {
        redis::Client::open((self.server.host(), self.server.port()))
            .unwrap()
            .get_connection()
            .unwrap()
    }

    pub(crate) fn set(&self, address: &str, bytes: &[u8]) {
        let mut set = redis::cmd("SET");
        let set = set.arg(address).arg(bytes).arg("EX").arg(3_600);
        set.exec(&mut self.raw()).unwrap();
    }

    pub(crate) fn exists(&self, address: &str) -> bool {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(address).query(&mut self.raw()).unwrap()
    }
}

/// A server that other tests use too keeps nothing of this one.
impl Drop for Place {
    fn drop(&mut self) {
        if self.server.process_id().is_some() {
            return;
        }
        let mut connection = self.raw();
        let pattern = format!("{}*", self.namespace);
        let mut list = redis::cmd("KEYS");
        let keys: Vec<Vec<u8>> = list.arg(pattern).query(&mut connection).unwrap();
        for some in keys.chunks(1_000) {
            redis::cmd("UNLINK")
                .arg(some)
                .exec(&mut connection)
                .unwrap();
        }
    }
}
