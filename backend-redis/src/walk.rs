//! Going through the keys of all servers in charge, cursor by cursor: no step holds a server up.

use std::sync::Arc;

use cache_core::{Pages, Result};
use futures_util::stream::{self, Stream};
use redis::{Value, cmd};

use crate::exchange::outcome;
use crate::failure::Failure;
use crate::link::Link;
use crate::map::{Map, Node};
use crate::reply;

/// About how many keys the server looks at in one step.
const STEP: usize = Pages::PAGE;

/// Where a walk over a server's keys begins, and what the server answers at its end.
const START: &[u8] = b"0";

/// How often servers that gained keys are gone through again.
const MOST_ROUNDS: usize = 8;

/// Lists the keys that match a glob pattern, as many at a time as one step finds, server by server. Keys that moved
/// meanwhile, to a server that was already looked through, are found by going through that one again, once their slot is
/// its own: while a slot is on its way, keys of it may be missed.
pub(crate) fn keys(
    link: &Link,
    pattern: Vec<u8>,
) -> impl Stream<Item = Result<Vec<Vec<u8>>, Failure>> + Send {
    stream::try_unfold((None::<Walk>, pattern), move |(walk, pattern)| async move {
        let mut walk = match walk {
            Some(walk) => walk,
            None => Walk::over(link.map().await?),
        };
        let Some((node, cursor)) = walk.next(link).await? else {
            return Ok(None);
        };
        let (next, found) = step(link, &node, &cursor, &pattern).await?;
        walk.at = (next != START).then_some(next);
        Ok(Some((found, (Some(walk), pattern))))
    })
}

/// Where a walk over all servers goes on.
struct Walk {
    map: Arc<Map>,
    left: Vec<Node>,
    now: Option<Node>,
    /// Where it goes on on this server; nothing at its end.
    at: Option<Vec<u8>>,
    rounds: usize,
}

impl Walk {
    fn over(map: Arc<Map>) -> Self {
        Self {
            left: map.nodes().to_vec(),
            map,
            now: None,
            at: None,
            rounds: 0,
        }
    }

    /// Returns the server and the cursor of the next step.
    async fn next(&mut self, link: &Link) -> Result<Option<(Node, Vec<u8>)>, Failure> {
        if let (Some(node), Some(at)) = (&self.now, self.at.take()) {
            return Ok(Some((node.clone(), at)));
        }
        if self.left.is_empty() {
            let map = link.renewed_map().await?;
            self.left = map.gained_since(&self.map).into_iter().cloned().collect();
            self.map = map;
            self.rounds += 1;
        }
        if self.rounds > MOST_ROUNDS {
            return Err(Failure::Nobody("keys move between servers all the time"));
        }
        self.now = self.left.pop();
        Ok(self.now.clone().map(|node| (node, START.to_vec())))
    }
}

async fn step(
    link: &Link,
    node: &Node,
    at: &[u8],
    pattern: &[u8],
) -> Result<(Vec<u8>, Vec<Vec<u8>>), Failure> {
    let mut scan = cmd("SCAN");
    scan.arg(at)
        .arg("MATCH")
        .arg(pattern)
        .arg("COUNT")
        .arg(STEP);
    let answers = link.send_all_to(node, vec![scan]).await;
    let parts = match outcome(answers)? {
        Value::Array(parts) => <[Value; 2]>::try_from(parts).map_err(|_| Failure::Strange)?,
        _ => return Err(Failure::Strange),
    };
    let [Value::BulkString(next), Value::Array(found)] = parts else {
        return Err(Failure::Strange);
    };
    let found = found
        .into_iter()
        .map(|key| reply::bytes(key)?.ok_or(Failure::Strange));
    Ok((next, found.collect::<Result<_, Failure>>()?))
}
