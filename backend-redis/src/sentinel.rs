//! How the master is found that sentinels watch: what more than half of them name, if it says so itself.

use std::sync::Arc;
use std::time::Duration;

use cache_core::Result;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{Value, cmd};
use tokio::time::Instant;

use crate::config::SentinelConfig;
use crate::dial::Dial;
use crate::failure::Failure;
use crate::line::Line;
use crate::map::{Map, Node};
use crate::server::Server;

/// How long the named server may take to say that it is a master. A former one that hangs is still named for a while, and must
/// not hold up the question for its successor.
const CHECK: Duration = Duration::from_millis(250);

/// The sentinels, and how to reach the servers they watch.
#[derive(Debug)]
pub(crate) struct Sentinel {
    lines: Vec<Line>,
    master: String,
    dial: Dial,
}

impl Sentinel {
    pub(crate) fn new(config: &SentinelConfig, dial: Dial) -> Result<Self> {
        let own = dial.for_user(config.username.as_deref(), config.password.as_ref());
        let lines = config.servers.iter().map(|server| own.line(server));
        Ok(Self {
            lines: lines.collect::<Result<_>>()?,
            master: config.master.clone(),
            dial,
        })
    }

    pub(crate) fn close(&self) {
        self.lines.iter().for_each(Line::close);
    }

    /// Asks all sentinels at once. A line that is in use stays.
    pub(crate) async fn find(&self, old: Option<&Map>, until: Instant) -> Result<Map, Failure> {
        // Sentinels that are silent leave time for the servers.
        let asked = until.checked_sub(CHECK).unwrap_or(until);
        let votes = self.votes(asked).await?;
        let before = old.and_then(|map| map.nodes().first());
        let named = candidates(&votes, before.map(|node| &node.server));
        let soon = until.min(Instant::now() + CHECK);
        let checks = named.into_iter();
        let checks = checks.map(|server| self.checked(server, before, soon));
        let mut why = Failure::Strange;
        for checked in join_all(checks).await {
            match checked {
                Ok(node) => return Ok(Map::of_one(node)),
                Err(failure) => why = failure,
            }
        }
        Err(why)
    }

    /// Returns what each of the sentinels names, in their order, as soon as more than half name the same server.
    async fn votes(&self, until: Instant) -> Result<Vec<Option<Server>>, Failure> {
        let asked = self.lines.iter().enumerate();
        let mut asked: FuturesUnordered<_> = asked
            .map(|(place, line)| async move { (place, self.ask(line, until).await) })
            .collect();
        let mut votes = vec![None; self.lines.len()];
        let mut why = Failure::Nobody("no sentinel knows a master of this name");
        while let Some((place, answer)) = asked.next().await {
            match (answer, votes.get_mut(place)) {
                (Ok(named), Some(vote)) => *vote = named,
                (Ok(_), None) => {}
                (Err(failure), _) => why = failure,
            }
            if elected(&votes).is_some() {
                break;
            }
        }
        if votes.iter().all(Option::is_none) {
            return Err(why);
        }
        Ok(votes)
    }

    /// Returns a server if it says that it is a master.
    async fn checked(
        &self,
        server: Server,
        before: Option<&Node>,
        until: Instant,
    ) -> Result<Node, Failure> {
        let node = match before.filter(|node| node.server == server) {
            Some(node) => node.clone(),
            None => Node {
                line: Arc::new(self.dial.line(&server).map_err(|_| Failure::Strange)?),
                server,
            },
        };
        if is_master(&node.line, until).await? {
            return Ok(node);
        }
        Err(Failure::Nobody(
            "the server that the sentinels name is not a master yet",
        ))
    }

    async fn ask(&self, line: &Line, until: Instant) -> Result<Option<Server>, Failure> {
        let mut question = cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master);
        named(&line.one(&question, until).await?)
    }
}

/// Returns the server that more than half of all sentinels name.
fn elected(votes: &[Option<Server>]) -> Option<&Server> {
    most_named(votes, None).filter(|server| votes_for(votes, server) * 2 > votes.len())
}

/// Returns the server that most name, of all but one; of several, what the first names.
fn most_named<'a>(votes: &'a [Option<Server>], but: Option<&Server>) -> Option<&'a Server> {
    let named = votes.iter().flatten().rev();
    let named = named.filter(|server| Some(*server) != but);
    named.max_by_key(|server| votes_for(votes, server))
}

fn votes_for(votes: &[Option<Server>], server: &Server) -> usize {
    let named = votes.iter().flatten();
    named.filter(|named| *named == server).count()
}

/// Lists whom to take if it says that it is a master, the first before the others. Where fewer than half of the sentinels
/// agree, they may be those that are cut off: what was in charge before stays, as long as it is a master.
fn candidates(votes: &[Option<Server>], before: Option<&Server>) -> Vec<Server> {
    if let Some(elected) = elected(votes) {
        return vec![elected.clone()];
    }
    let other = most_named(votes, before);
    before.into_iter().chain(other).cloned().collect()
}

async fn is_master(line: &Line, until: Instant) -> Result<bool, Failure> {
    match line.one(&cmd("ROLE"), until).await? {
        Value::Array(parts) => match parts.first() {
            Some(Value::BulkString(role)) => Ok(role == b"master"),
            _ => Err(Failure::Strange),
        },
        _ => Err(Failure::Strange),
    }
}

/// Reads a sentinel's answer: host and port, or nothing.
fn named(answer: &Value) -> Result<Option<Server>, Failure> {
    let parts = match answer {
        Value::Nil => return Ok(None),
        Value::Array(parts) => parts.as_slice(),
        _ => return Err(Failure::Strange),
    };
    let [Value::BulkString(host), Value::BulkString(port)] = parts else {
        return Err(Failure::Strange);
    };
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Failure::Strange);
    let port = text(port)?.parse().map_err(|_| Failure::Strange)?;
    Ok(Some(Server::new(text(host)?, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Servers by their port; 0 is a sentinel that names none.
    fn votes(ports: &[u16]) -> Vec<Option<Server>> {
        let vote = |port: &u16| (*port != 0).then(|| Server::new("h", *port));
        ports.iter().map(vote).collect()
    }

    #[test]
    fn what_fewer_than_half_name_does_not_replace_a_master() {
        for (named, before, expected) in [
            (&[1, 2, 2][..], 1, &[2][..]),
            (&[2, 0, 2], 1, &[2]),
            (&[2], 1, &[2]),
            // Half of them are not enough, nor are those that answer.
            (&[2, 2, 1, 1], 1, &[1, 2]),
            (&[0, 2, 0], 1, &[1, 2]),
            (&[2, 3, 2, 3, 1], 1, &[1, 2]),
            (&[1, 2], 1, &[1, 2]),
            (&[1, 1, 2, 0], 1, &[1, 2]),
            (&[1, 0], 1, &[1]),
            // Nobody was in charge before.
            (&[3, 2, 2, 3], 0, &[3]),
            (&[0, 2, 3], 0, &[2]),
            (&[1, 2, 3, 3], 0, &[3]),
        ] {
            let before = (before != 0).then(|| Server::new("h", before));
            let found = candidates(&votes(named), before.as_ref());
            let found: Vec<_> = found.iter().map(|server| server.port).collect();
            assert_eq!(found, expected, "{named:?}, {before:?}");
        }
    }

    #[test]
    fn an_answer_is_a_server_or_nothing() {
        let text = |text: &str| Value::BulkString(text.into());
        let pair = Value::Array(vec![text("h"), text("7000")]);
        assert_eq!(named(&pair).unwrap(), Some(Server::new("h", 7_000)));
        assert_eq!(named(&Value::Nil).unwrap(), None);
        for strange in [
            Value::Okay,
            Value::Array(vec![text("h")]),
            Value::Array(vec![text("h"), text("port")]),
        ] {
            assert!(named(&strange).is_err());
        }
    }
}
