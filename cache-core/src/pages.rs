//! Pages of a scan, and a stream over pages that are at hand.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{Meta, OwnedKey, Result};

/// Some of the live entries of a scope, without their values.
pub type Page = Vec<(OwnedKey, Meta)>;

/// A stream of pages, for stores that can list their keys at once.
///
/// # Example
/// ```
/// use cache_core::{Page, Pages, Result};
/// let listed: Result<Page> = Ok(Page::new());
/// let stream = Pages::of(listed);
/// # let _ = stream;
/// ```
#[derive(Debug)]
pub struct Pages(std::vec::IntoIter<Result<Page>>);

impl Pages {
    /// The most entries on a page.
    pub const PAGE: usize = 256;

    /// Cuts a list into pages of [`Pages::PAGE`]; an error is the one thing the stream yields.
    #[must_use]
    pub fn of(list: Result<Page>) -> Self {
        let pages = match list {
            Ok(list) => cut(list).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        Self(pages.into_iter())
    }
}

fn cut(mut list: Page) -> Vec<Page> {
    let mut pages = Vec::new();
    while !list.is_empty() {
        let rest = list.split_off(list.len().min(Pages::PAGE));
        pages.push(std::mem::replace(&mut list, rest));
    }
    pages
}

impl Stream for Pages {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}
