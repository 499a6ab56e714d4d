//! Going through the entries of a scope: no step holds the server up, and none sees the others' keys.

use cache_core::address::{self, Address};
use cache_core::envelope::HEADER_BYTES;
use cache_core::{Operation, OwnedKey, Page, Pages, Result, Scope};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use redis::cmd;

use crate::at::At;
use crate::backend::{Shared, unlink_command};
use crate::failure::Failure;
use crate::{reply, walk};

impl Shared {
    /// Lists the entries of a scope that are live, a page for each step.
    pub(crate) fn scan<'a>(
        &'a self,
        scope: Scope<'a>,
        operation: Operation,
    ) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.steps(scope)
            .and_then(move |keys| async move { self.live(keys).await })
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
        // A key of a slot that is moving may leave a server that was not looked through for one that was.
        let walks = if self.link.is_cluster() { 2 } else { 1 };
        for _ in 0..walks {
            let mut steps = std::pin::pin!(self.steps(scope));
            while let Some(keys) = steps.try_next().await? {
                let unlinks = keys.iter().map(|key| unlink_command(&key.as_key()));
                for answer in self.link.send_many(unlinks.collect()).await {
                    answer?;
                }
            }
        }
        Ok(())
    }

    /// Walks over the keys of entries in a scope, a list for each step.
    fn steps<'a>(
        &'a self,
        scope: Scope<'a>,
    ) -> impl Stream<Item = Result<Vec<OwnedKey>, Failure>> + Send + 'a {
        let pattern = address::pattern(&scope).into_bytes();
        walk::keys(&self.link, pattern).map_ok(move |found| {
            let keys = found.iter().filter_map(|address| address::parse(address));
            keys.filter_map(|address| match address {
                Address::Entry(key) if scope.contains(&key.as_key()) => Some(key),
                Address::Entry(_) | Address::Counter(_) => None,
            })
            .collect()
        })
    }

    /// Reads the headers of these keys, and keeps what is live.
    async fn live(&self, keys: Vec<OwnedKey>) -> Result<Page, Failure> {
        let heads = keys.iter().map(|key| {
            let mut head = cmd("GETRANGE");
            head.arg(At(&key.as_key())).arg(0).arg(HEADER_BYTES - 1);
            head
        });
        let heads = self.link.send_many(heads.collect()).await;
        let mut page = Page::new();
        for (key, head) in keys.into_iter().zip(heads) {
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
