//! The scripts: each looks at what stands under one key and acts on it, in one atomic step on the server.

use std::sync::LazyLock;

use cache_core::Key;
use redis::{Cmd, ToRedisArgs, cmd};

use crate::at::At;

/// A script, and the hash by which the server knows it.
pub(crate) struct Script {
    source: &'static str,
    hash: String,
}

macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::new(concat!(include_str!("lua/entry.lua"), include_str!($file))))
    };
}

pub(crate) static PUT_ABSENT: LazyLock<Script> = script!("lua/put_absent.lua");
pub(crate) static PUT_IF: LazyLock<Script> = script!("lua/put_if.lua");
pub(crate) static REPLACE: LazyLock<Script> = script!("lua/replace.lua");
pub(crate) static RETIME: LazyLock<Script> = script!("lua/retime.lua");
pub(crate) static REMOVE_IF: LazyLock<Script> = script!("lua/remove_if.lua");

pub(crate) static FOREIGN_READ: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("lua/foreign_read.lua")));
pub(crate) static FOREIGN_REMOVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("lua/foreign_remove.lua")));

impl Script {
    fn new(source: &'static str) -> Self {
        let hash = redis::Script::new(source).get_hash().to_owned();
        Self { source, hash }
    }

    /// Makes a call; the arguments are still to be added.
    pub(crate) fn call(&self, key: &Key<'_>) -> Cmd {
        self.call_on(At(key))
    }

    /// The same for a key that is spelt already.
    pub(crate) fn call_on(&self, key: impl ToRedisArgs) -> Cmd {
        let mut call = cmd("EVALSHA");
        call.arg(&self.hash).arg(1).arg(key);
        call
    }
}

/// Makes the commands that give all scripts to the server.
pub(crate) fn loads() -> impl Iterator<Item = Cmd> {
    let entries = [&PUT_ABSENT, &PUT_IF, &REPLACE, &RETIME, &REMOVE_IF];
    let foreign = [&FOREIGN_READ, &FOREIGN_REMOVE];
    entries.into_iter().chain(foreign).map(|script| {
        let mut load = cmd("SCRIPT");
        load.arg("LOAD").arg(script.source);
        load
    })
}
