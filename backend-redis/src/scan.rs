//! Going through the keys of a scope, cursor by cursor: no step holds the server up, and none sees the others' keys.

use cache_core::address::{self, Address};
use cache_core::envelope::HEADER_BYTES;
use cache_core::{Operation, OwnedKey, Page, Pages, Result, Scope};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use redis::{Value, cmd};

use crate::backend::Shared;
use crate::{error, reply};

/// About how many keys the server looks at in one step.
const STEP: usize = Pages::PAGE;

/// Where a walk goes on.
enum Cursor {
    At(Vec<u8>),
    End,
}

impl Shared {
    /// Lists the entries of a scope that are live, a page for each step.
    pub(crate) fn scan<'a>(
        &'a self,
        scope: Scope<'a>,
        operation: Operation,
    ) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.steps(scope, operation)
            .and_then(move |keys| self.live(keys, operation))
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
    pub(crate) async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        let operation = Operation::Clear;
        let mut steps = std::pin::pin!(self.steps(scope, operation));
        while let Some(keys) = steps.try_next().await? {
            if keys.is_empty() {
                continue;
            }
            let mut unlink = cmd("UNLINK");
            for key in &keys {
                unlink.arg(address::entry(&key.as_key()));
            }
            self.link.send(operation, &unlink).await?;
        }
        Ok(())
    }

    /// Walks over the addresses of entries in a scope.
    fn steps<'a>(
        &'a self,
        scope: Scope<'a>,
        operation: Operation,
    ) -> impl Stream<Item = Result<Vec<OwnedKey>>> + Send + 'a {
        let pattern = address::pattern(&scope);
        stream::try_unfold(Cursor::At(b"0".to_vec()), move |cursor| {
            let pattern = pattern.clone();
            async move {
                let Cursor::At(at) = cursor else {
                    return Ok(None);
                };
                let (next, found) = self.step(&at, &pattern, operation).await?;
                let keys = found
                    .iter()
                    .filter_map(|address| match address::parse(address)? {
                        Address::Entry(key) if scope.contains(&key.as_key()) => Some(key),
                        Address::Entry(_) | Address::Counter(_) => None,
                    })
                    .collect();
                let cursor = if next == b"0" {
                    Cursor::End
                } else {
                    Cursor::At(next)
                };
                Ok(Some((keys, cursor)))
            }
        })
    }

    async fn step(
        &self,
        at: &[u8],
        pattern: &str,
        operation: Operation,
    ) -> Result<(Vec<u8>, Vec<Vec<u8>>)> {
        let mut scan = cmd("SCAN");
        scan.arg(at)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(STEP);
        let answer = self.link.send(operation, &scan).await?;
        let strange = || error::strange(operation);
        let parts = match answer {
            Value::Array(parts) => <[Value; 2]>::try_from(parts).map_err(|_| strange())?,
            _ => return Err(strange()),
        };
        let [Value::BulkString(next), Value::Array(found)] = parts else {
            return Err(strange());
        };
        let found = found
            .into_iter()
            .map(|address| reply::bytes(address, operation)?.ok_or_else(strange));
        Ok((next, found.collect::<Result<_>>()?))
    }

    /// Reads the headers of these keys, and keeps what is live.
    async fn live(&self, keys: Vec<OwnedKey>, operation: Operation) -> Result<Page> {
        let heads = keys.iter().map(|key| {
            let mut head = cmd("GETRANGE");
            head.arg(address::entry(&key.as_key()))
                .arg(0)
                .arg(HEADER_BYTES - 1);
            head
        });
        let heads = self.link.send_many(operation, heads).await?;
        let mut page = Page::new();
        for (key, head) in keys.into_iter().zip(heads) {
            let head = match head {
                Ok(head) => reply::bytes(head, operation)?.unwrap_or_default(),
                Err(error) if error::is_wrong_type(&error) => continue,
                Err(error) => return Err(error::translated(&error, operation)),
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
