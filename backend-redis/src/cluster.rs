//! How a cluster's servers are found: any of them tells who holds which slots.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::Result;
use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{Value, cmd};
use tokio::time::Instant;

use crate::dial::Dial;
use crate::failure::Failure;
use crate::map::{Map, Node};
use crate::server::Server;

/// The most servers that are asked at once.
const MOST_ASKED: usize = 16;

/// The servers to ask first, and how to reach any.
#[derive(Debug)]
pub(crate) struct Cluster {
    seeds: Vec<Server>,
    dial: Dial,
    /// Servers beside those of a map: seeds by another name, replicas, and where slots are on their way to. The latest
    /// [`MOST_ASKED`] stay, so that not each question makes a connection. Nothing once it is closed: there will be no other.
    beside: Mutex<Option<Vec<Node>>>,
}

/// A master and one range of its slots.
type Share = (Server, RangeInclusive<u16>);

impl Cluster {
    pub(crate) fn new(seeds: Vec<Server>, dial: Dial) -> Self {
        Self {
            seeds,
            dial,
            beside: Mutex::new(Some(Vec::new())),
        }
    }

    pub(crate) fn close(&self) {
        *self.beside() = None;
    }

    fn beside(&self) -> MutexGuard<'_, Option<Vec<Node>>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks all servers that are known at once, and takes the first answer. Lines that are in use stay.
    pub(crate) async fn find(&self, old: Option<&Map>, until: Instant) -> Result<Map, Failure> {
        let mut asked: FuturesUnordered<_> = self
            .known(old)
            .into_iter()
            .map(|node| async move {
                let answer = node.line.one(cmd("CLUSTER").arg("SLOTS"), until).await?;
                read(answer, &node.server).ok_or(Failure::Strange)
            })
            .collect();
        let mut why = Failure::Nobody("the cluster has no server to ask");
        while let Some(answer) = asked.next().await {
            match answer {
                Ok((shares, others)) if !shares.is_empty() => {
                    drop(asked);
                    return self.map(old, shares, others);
                }
                Ok(_) => {
                    why = Failure::Nobody("the server holds no slots; is it part of a cluster?");
                }
                Err(failure) => why = failure,
            }
        }
        Err(why)
    }

    fn known(&self, old: Option<&Map>) -> Vec<Node> {
        let mut nodes: Vec<Node> = old.map(|map| map.nodes().to_vec()).unwrap_or_default();
        let others = old.map(|map| map.others.as_slice()).unwrap_or_default();
        for server in self.seeds.iter().chain(others) {
            if nodes.len() < MOST_ASKED
                && nodes.iter().all(|node| node.server != *server)
                && let Ok(node) = self.node(None, server)
            {
                nodes.push(node);
            }
        }
        nodes.truncate(MOST_ASKED);
        nodes
    }

    /// Returns the node as it is known, or a new line to it.
    pub(crate) fn node(&self, old: Option<&Map>, server: &Server) -> Result<Node, Failure> {
        if let Some(node) = old.and_then(|map| map.at(server)) {
            return Ok(node.clone());
        }
        let mut beside = self.beside();
        let beside = beside.as_mut().ok_or(Failure::Closed)?;
        if let Some(node) = beside.iter().find(|node| node.server == *server) {
            return Ok(node.clone());
        }
        let node = Node {
            server: server.clone(),
            line: Arc::new(self.dial.line(server).map_err(|_| Failure::Strange)?),
        };
        if beside.len() >= MOST_ASKED {
            beside.remove(0);
        }
        beside.push(node.clone());
        Ok(node)
    }

    fn map(
        &self,
        old: Option<&Map>,
        shares: Vec<Share>,
        others: Vec<Server>,
    ) -> Result<Map, Failure> {
        let mut ranges: HashMap<Server, Vec<RangeInclusive<u16>>> = HashMap::new();
        for (server, range) in shares {
            ranges.entry(server).or_default().push(range);
        }
        let parts = ranges
            .into_iter()
            .map(|(server, ranges)| Ok((self.node(old, &server)?, ranges)));
        Ok(Map::of_slots(
            parts.collect::<Result<_, Failure>>()?,
            others,
        ))
    }
}

/// Reads the reply to `CLUSTER SLOTS`: a list of first slot, last slot, master, replicas.
fn read(answer: Value, asked: &Server) -> Option<(Vec<Share>, Vec<Server>)> {
    let Value::Array(rows) = answer else {
        return None;
    };
    let (mut shares, mut others) = (Vec::new(), Vec::new());
    for row in rows {
        let Value::Array(row) = row else {
            return None;
        };
        let [Value::Int(first), Value::Int(last), master, replicas @ ..] = row.as_slice() else {
            return None;
        };
        let range = u16::try_from(*first).ok()?..=u16::try_from(*last).ok()?;
        shares.push((place(master, asked)?, range));
        for replica in replicas.iter().filter_map(|replica| place(replica, asked)) {
            if others.len() < MOST_ASKED && !others.contains(&replica) {
                others.push(replica);
            }
        }
    }
    Some((shares, others))
}

/// Reads one server of a row. One that does not know its own name is where it was asked.
fn place(node: &Value, asked: &Server) -> Option<Server> {
    let Value::Array(parts) = node else {
        return None;
    };
    let [host, Value::Int(port), ..] = parts.as_slice() else {
        return None;
    };
    let host = match host {
        Value::BulkString(name) => std::str::from_utf8(name).ok()?,
        Value::SimpleString(name) => name,
        Value::Nil => "",
        _ => return None,
    };
    let host = if matches!(host, "" | "?") {
        &asked.host
    } else {
        host
    };
    Some(Server::new(host, u16::try_from(*port).ok()?))
}

/// Reads the place that a redirection names: `host:port`, where an empty host is that of who answered.
pub(crate) fn redirected(place: &str, asked: &Server) -> Option<Server> {
    let (host, port) = place.rsplit_once(':')?;
    let host = if host.is_empty() { &asked.host } else { host };
    Some(Server::new(
        host.trim_start_matches('[').trim_end_matches(']'),
        port.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RedisConfig;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), text("id")])
    }

    fn row(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        let mut row = vec![Value::Int(first), Value::Int(last)];
        row.extend(nodes);
        Value::Array(row)
    }

    #[test]
    fn masters_and_replicas_are_told_apart() {
        let asked = Server::new("seed", 1);
        let rows = vec![
            row(0, 5, vec![node(text("a"), 7_000), node(text("b"), 7_001)]),
            row(6, 9, vec![node(text(""), 7_002)]),
            row(10, 10, vec![node(Value::Nil, 7_003)]),
        ];
        let (shares, others) = read(Value::Array(rows), &asked).unwrap();
        assert_eq!(
            shares,
            [
                (Server::new("a", 7_000), 0..=5),
                (Server::new("seed", 7_002), 6..=9),
                (Server::new("seed", 7_003), 10..=10)
            ]
        );
        assert_eq!(others, [Server::new("b", 7_001)]);
    }

    #[test]
    fn what_is_no_such_reply_is_refused() {
        let asked = Server::default();
        for reply in [
            Value::Nil,
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![row(-1, 5, vec![node(text("a"), 7_000)])]),
            Value::Array(vec![row(0, 99_999, vec![node(text("a"), 7_000)])]),
            Value::Array(vec![row(0, 5, vec![node(text("a"), 99_999)])]),
            Value::Array(vec![row(0, 5, vec![])]),
        ] {
            assert!(read(reply.clone(), &asked).is_none(), "{reply:?}");
        }
    }

    #[test]
    fn a_redirection_without_a_host_stays_on_it() {
        let asked = Server::new("h", 1);
        assert_eq!(redirected(":7000", &asked), Some(Server::new("h", 7_000)));
        assert_eq!(redirected("g:7000", &asked), Some(Server::new("g", 7_000)));
        assert_eq!(
            redirected("::1:7000", &asked),
            Some(Server::new("::1", 7_000))
        );
        assert_eq!(redirected("nothing", &asked), None);
    }

    /// A call that was under way may be sent elsewhere, or make somebody ask.
    #[test]
    fn a_cluster_that_is_closed_makes_no_line() {
        let seed = Server::new("127.0.0.1", 1);
        let dial = Dial::new(&RedisConfig::default()).unwrap();
        let cluster = Cluster::new(vec![seed.clone()], dial);
        assert_eq!(cluster.known(None).len(), 1);
        cluster.close();
        assert!(matches!(cluster.node(None, &seed), Err(Failure::Closed)));
        assert!(cluster.known(None).is_empty());
    }
}
