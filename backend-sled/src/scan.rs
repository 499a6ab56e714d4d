//! Scanning and counting: each step is one piece of blocking work, and one page.

use std::sync::Arc;

use cache_core::{Operation, Page, Result, Scope};
use futures_util::stream::{self, Stream, TryStreamExt};

use crate::backend::Shared;
use crate::walk::Area;

impl Shared {
    /// Lists the entries of a scope that live, page by page.
    pub(crate) fn scan(
        &self,
        scope: Scope<'_>,
        operation: Operation,
    ) -> impl Stream<Item = Result<Page>> + Send + '_ {
        let area = Arc::new(Area::of(&scope));
        stream::try_unfold(Some(area.start()), move |from| {
            let area = Arc::clone(&area);
            async move {
                let Some(from) = from else {
                    return Ok(None);
                };
                self.page(operation, area, from).await.map(Some)
            }
        })
        .try_filter(|page: &Page| std::future::ready(!page.is_empty()))
    }

    async fn page(
        &self,
        operation: Operation,
        area: Arc<Area>,
        from: Vec<u8>,
    ) -> Result<(Page, Option<Vec<u8>>)> {
        let store = Arc::clone(&self.store);
        let work = move || {
            store.with(operation, |engine| {
                let step = area.step(engine, &from, |key, _, value| {
                    let schema = key.as_key().space().schema();
                    store.live_meta(schema, value).map(|meta| (key, meta))
                })?;
                Ok((step.found, step.next))
            })
        };
        self.blocking.run(operation, work).await
    }

    pub(crate) async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.scan(scope, Operation::Count)
            .try_fold(0, |sum: u64, page| {
                let more = u64::try_from(page.len()).unwrap_or(u64::MAX);
                std::future::ready(Ok(sum.saturating_add(more)))
            })
            .await
    }
}
