//! How the master is found that sentinels watch: what most of them name, if it says so itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cache_core::Result;
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
        // Sentinels that are silent leave time for it.
        let elected = until.checked_sub(CHECK).unwrap_or(until);
        let server = self.elected(elected).await?;
        let node = match old.and_then(|map| map.at(&server)) {
            Some(node) => node.clone(),
            None => Node {
                line: Arc::new(self.dial.line(&server).map_err(|_| Failure::Strange)?),
                server,
            },
        };
        let soon = until.min(Instant::now() + CHECK);
        if is_master(&node.line, soon).await? {
            Ok(Map::of_one(node))
        } else {
            Err(Failure::Nobody(
                "the server that the sentinels name is not a master yet",
            ))
        }
    }

    /// Returns the server that more than half of the sentinels name, or most of those that answer.
    async fn elected(&self, until: Instant) -> Result<Server, Failure> {
        let mut asked: FuturesUnordered<_> = self
            .lines
            .iter()
            .map(|line| self.ask(line, until))
            .collect();
        let mut votes: HashMap<Server, usize> = HashMap::new();
        let mut why = Failure::Nobody("no sentinel knows a master of this name");
        while let Some(answer) = asked.next().await {
            match answer {
                Ok(Some(server)) => {
                    let count = votes.entry(server.clone()).or_default();
                    *count += 1;
                    if *count * 2 > self.lines.len() {
                        return Ok(server);
                    }
                }
                Ok(None) => {}
                Err(failure) => why = failure,
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(server, _)| server).ok_or(why)
    }

    async fn ask(&self, line: &Line, until: Instant) -> Result<Option<Server>, Failure> {
        let mut question = cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master);
        named(&line.one(&question, until).await?)
    }
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
