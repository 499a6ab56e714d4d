//! Scans and counts: what lives in a scope, by looking at each entry.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cache_core::{Operation, OwnedKey, Page, Pages, Result, Scope};
use futures_core::Stream;
use moka::sync::Iter;

use crate::held::Held;
use crate::pace::{SLICE, breathe};
use crate::store::Store;

/// The stream of a scan.
///
/// moka lists the keys of one 64th of its table at a time, so a key that lives through the whole scan is met.
pub(crate) struct Scan<'a> {
    store: &'a Store,
    scope: Scope<'a>,
    walk: Option<Iter<'a, OwnedKey, Held>>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(store: &'a Store, scope: Scope<'a>) -> Self {
        Self {
            store,
            scope,
            walk: Some(store.table.iter()),
        }
    }

    /// Visits some entries; an empty page says that none of them is to be listed.
    fn step(&mut self) -> Option<Page> {
        let walk = self.walk.as_mut()?;
        let mut page = Page::new();
        for _ in 0..SLICE {
            let Some((key, held)) = walk.next() else {
                self.walk = None;
                break;
            };
            if shows(self.store, self.scope, &key, &held) {
                page.push((OwnedKey::clone(&key), *held.meta()));
            }
            if page.len() == Pages::PAGE {
                break;
            }
        }
        Some(page)
    }
}

impl Stream for Scan<'_> {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.walk.is_some()
            && let Err(closed) = self.store.open(Operation::Scan)
        {
            self.walk = None;
            return Poll::Ready(Some(Err(closed)));
        }
        match self.step() {
            None => Poll::Ready(None),
            Some(page) if !page.is_empty() => Poll::Ready(Some(Ok(page))),
            Some(_) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Counts the live entries of a scope.
pub(crate) async fn count(store: &Store, scope: Scope<'_>) -> Result<u64> {
    let mut count = 0;
    for (visited, (key, held)) in store.table.iter().enumerate() {
        count += u64::from(shows(store, scope, &key, &held));
        if visited % SLICE == SLICE - 1 {
            breathe().await;
            store.open(Operation::Count)?;
        }
    }
    Ok(count)
}

fn shows(store: &Store, scope: Scope<'_>, key: &OwnedKey, held: &Held) -> bool {
    let key = key.as_key();
    scope.contains(&key) && !store.is_cleared(key, held) && store.judge().is_live(held.meta())
}
