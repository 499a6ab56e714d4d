//! Going through the keys of a scope, cursor by cursor: no step holds the server up, and none sees the others' keys.

use std::sync::Arc;

use cache_core::address::{self, Address};
use cache_core::envelope::HEADER_BYTES;
use cache_core::{Operation, OwnedKey, Page, Pages, Result, Scope};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use redis::{Value, cmd};

use crate::at::At;
use crate::backend::{Shared, unlink_command};
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

/// What one step found.
struct Step {
    keys: Vec<OwnedKey>,
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

impl Shared {
    /// Lists the entries of a scope that are live, a page for each step.
    pub(crate) fn scan<'a>(
        &'a self,
        scope: Scope<'a>,
        operation: Operation,
    ) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.steps(scope)
            .and_then(move |step| async move { self.live(step).await })
            .map_err(move |failure| failure.error(operation))
            .try_filter(|page| std::future::ready(!page.is_empty()))
            .flat_map(|page| stream::iter(halves(page)))
    }

    pub(crate) async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        let pages = self.scan(scope, Operation::Count);
        pages
            .try_fold(0, |sum: u64, page| {
                let more = u64::try_from(page.len()).unwrap_or(u64::MAX);
                std::future::ready(Ok(sum.saturating_add(more)))
            })
            .await
    }

    /// Removes whatever stands in a scope, readable or not.
    pub(crate) async fn clear(&self, scope: Scope<'_>) -> Result<(), Failure> {
        let mut steps = std::pin::pin!(self.steps(scope));
        while let Some(step) = steps.try_next().await? {
            let unlinks = step.keys.iter().map(|key| unlink_command(&key.as_key()));
            for answer in self.link.send_many(unlinks.collect()).await {
                answer?;
            }
        }
        Ok(())
    }

    /// Walks over the addresses of entries in a scope, server by server. Keys that moved meanwhile, to a server that was
    /// already looked through, are found by going through that one again.
    fn steps<'a>(
        &'a self,
        scope: Scope<'a>,
    ) -> impl Stream<Item = Result<Step, Failure>> + Send + 'a {
        let pattern = address::pattern(&scope);
        stream::try_unfold(None::<Walk>, move |walk| {
            let pattern = pattern.clone();
            async move {
                let mut walk = match walk {
                    Some(walk) => walk,
                    None => Walk::over(self.link.map().await?),
                };
                let Some((node, cursor)) = walk.next(&self.link).await? else {
                    return Ok(None);
                };
                let (next, found) = self.step(&node, &cursor, &pattern).await?;
                let keys = found
                    .iter()
                    .filter_map(|address| match address::parse(address)? {
                        Address::Entry(key) if scope.contains(&key.as_key()) => Some(key),
                        Address::Entry(_) | Address::Counter(_) => None,
                    })
                    .collect();
                walk.at = (next != START).then_some(next);
                Ok(Some((Step { keys }, Some(walk))))
            }
        })
    }

    async fn step(
        &self,
        node: &Node,
        at: &[u8],
        pattern: &str,
    ) -> Result<(Vec<u8>, Vec<Vec<u8>>), Failure> {
        let mut scan = cmd("SCAN");
        scan.arg(at)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(STEP);
        let answers = self.link.send_all_to(node, vec![scan]).await;
        let parts = match outcome(answers)? {
            Value::Array(parts) => <[Value; 2]>::try_from(parts).map_err(|_| Failure::Strange)?,
            _ => return Err(Failure::Strange),
        };
        let [Value::BulkString(next), Value::Array(found)] = parts else {
            return Err(Failure::Strange);
        };
        let found = found
            .into_iter()
            .map(|address| reply::bytes(address)?.ok_or(Failure::Strange));
        Ok((next, found.collect::<Result<_, Failure>>()?))
    }

    /// Reads the headers of these keys, and keeps what is live.
    async fn live(&self, step: Step) -> Result<Page, Failure> {
        let heads = step.keys.iter().map(|key| {
            let mut head = cmd("GETRANGE");
            head.arg(At(&key.as_key())).arg(0).arg(HEADER_BYTES - 1);
            head
        });
        let heads = self.link.send_many(heads.collect()).await;
        let mut page = Page::new();
        for (key, head) in step.keys.into_iter().zip(heads) {
            let head = match head {
                Ok(head) => reply::bytes(head)?.unwrap_or_default(),
                Err(failure) if failure.is_wrong_type() => continue,
                Err(failure) => return Err(failure),
            };
            if let Some(meta) = self.live_meta(key.as_key().space().schema(), &head) {
                page.push((key, meta));
            }
        }
        Ok(page)
    }
}

/// Cuts what a step found into pages of the usual length.
fn halves(page: Result<Page>) -> Vec<Result<Page>> {
    match page {
        Ok(page) if page.len() > Pages::PAGE => page
            .chunks(Pages::PAGE)
            .map(|part| Ok(part.to_vec()))
            .collect(),
        other => vec![other],
    }
}
