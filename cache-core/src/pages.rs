//! Pages of a scan, and a stream over pages that are at hand.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{Meta, OwnedKey, Result};

/// Some of the live entries of a scope, without their values.
pub type Page = Vec<(OwnedKey, Meta)>;

/// A stream of pages out of an iterator, for stores that can list their keys at once.
///
/// # Example
/// ```
/// use cache_core::Pages;
/// let none = Pages::new(std::iter::empty());
/// # let _ = none;
/// ```
#[derive(Clone, Debug)]
pub struct Pages<I>(I);

impl<I: Iterator<Item = Page>> Pages<I> {
    /// Makes a stream of the iterator's pages.
    #[must_use]
    pub fn new(pages: impl IntoIterator<IntoIter = I>) -> Self {
        Self(pages.into_iter())
    }
}

impl Pages<std::vec::IntoIter<Page>> {
    /// The largest page that [`Pages::of`] makes.
    pub const PAGE: usize = 256;

    /// Cuts a list into pages of [`Pages::PAGE`](Self::PAGE).
    #[must_use]
    pub fn of(mut list: Page) -> Self {
        let mut pages = Vec::new();
        while !list.is_empty() {
            let rest = list.split_off(list.len().min(Self::PAGE));
            pages.push(std::mem::replace(&mut list, rest));
        }
        Self(pages.into_iter())
    }
}

impl<I: Iterator<Item = Page> + Unpin> Stream for Pages<I> {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}
