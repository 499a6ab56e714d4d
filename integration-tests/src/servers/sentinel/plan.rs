//! The processes of a Sentinel setup, and the files that they start with.

use std::time::Duration;

use super::RedisSentinel;
use crate::servers::cluster::random_id;
use crate::servers::process::{self, Process};
use crate::servers::{Unavailable, port};

/// How many of the Sentinels have to find a master down.
const QUORUM: usize = 2;

pub(super) fn server(own: u16, master: u16) -> Result<Process, Unavailable> {
    let follow = if own == master {
        String::new()
    } else {
        format!("replicaof 127.0.0.1 {master}\n")
    };
    let lines = format!(
        "port {own}\nsave \"\"\nappendonly no\nrepl-diskless-sync yes\nrepl-diskless-sync-delay 0\n\
         repl-ping-replica-period 1\n{follow}"
    );
    Process::start("redis-server", &[], own, process::directory()?, &lines)
}

/// A Sentinel to be.
#[derive(Debug)]
pub(super) struct Watcher {
    port: u16,
    id: String,
}

impl Watcher {
    pub(super) fn new() -> Result<Self, Unavailable> {
        Ok(Self {
            port: port::free()?,
            id: random_id(),
        })
    }
}

/// Its file already names everybody, so that nothing has to be found out.
pub(super) fn sentinel(
    own: &Watcher,
    watchers: &[Watcher],
    servers: &[u16],
    down_after: Duration,
) -> Result<Process, Unavailable> {
    let Watcher { port, id } = own;
    let name = RedisSentinel::MASTER_NAME;
    let (master, replicas) = servers
        .split_first()
        .ok_or_else(|| Unavailable::new("there is no master to watch"))?;
    let down_after = down_after.as_millis();
    let mut lines = vec![
        format!("port {port}"),
        format!("sentinel myid {id}"),
        format!("sentinel monitor {name} 127.0.0.1 {master} {QUORUM}"),
        format!("sentinel down-after-milliseconds {name} {down_after}"),
        format!("sentinel failover-timeout {name} 3000"),
        format!("sentinel parallel-syncs {name} {}", replicas.len()),
    ];
    let known = replicas.iter();
    lines.extend(known.map(|port| format!("sentinel known-replica {name} 127.0.0.1 {port}")));
    let others = watchers.iter().filter(|other| other.id != own.id);
    lines.extend(others.map(|Watcher { port, id }| {
        format!("sentinel known-sentinel {name} 127.0.0.1 {port} {id}")
    }));
    let text = lines.join("\n") + "\n";
    Process::start(
        "redis-server",
        &["--sentinel"],
        *port,
        process::directory()?,
        &text,
    )
}
