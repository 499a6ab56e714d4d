//! The walk over the old keys: one for all rows, page by page.

use std::mem;
use std::num::NonZeroU32;
use std::pin::pin;

use cache_core::address;
use cache_facade::Pace;
use futures_util::TryStreamExt;

use super::mover::{Item, Mover};
use super::pattern::common_prefix;
use crate::progress::Progress;

/// Handles every key that matches a row, until the store is out of reach.
pub(super) async fn all(mover: &mut Mover<'_>, rate: Option<NonZeroU32>) {
    let (foreign, routes) = (mover.foreign, mover.routes);
    let prefix = common_prefix(routes.iter().map(|route| &route.keys));
    let mut pages = pin!(foreign.keys(prefix));
    let mut pace = Pace::new(rate);
    let progress = Progress::of("keys");
    while !mover.is_in_trouble() {
        let page = match pages.try_next().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(error) => {
                mover.give_up(error);
                break;
            }
        };
        let mut items = mover.sorted(page);
        while !items.is_empty() && !mover.is_in_trouble() {
            let rest = items.split_off(items.len().min(pace.page()));
            let some = mem::replace(&mut items, rest);
            pace.wait_for(some.len()).await;
            progress.add(some.len());
            mover.page(some).await;
        }
    }
    mover.settle().await;
}

impl Mover<'_> {
    /// Finds the row of each key. The cache's own entries are nobody's old keys, whatever a pattern says.
    fn sorted(&mut self, page: Vec<Vec<u8>>) -> Vec<Item> {
        let mut items = Vec::with_capacity(page.len());
        for old in page {
            let mut routes = self.routes.iter().enumerate();
            let found = routes.find_map(|(row, route)| Some((row, route.key(&old)?)));
            match found {
                Some((row, key)) if address::parse(&old).is_none() => {
                    items.push(Item { row, old, key });
                }
                Some(_) => {}
                None => self.count_unmatched(&old),
            }
        }
        items
    }

    /// Counts a key with the row whose keys begin most like it.
    fn count_unmatched(&mut self, old: &[u8]) {
        let routes = self.routes.iter().zip(&mut self.counts);
        let alike = routes.filter(|(route, _)| old.starts_with(route.keys.prefix()));
        let nearest = alike.max_by_key(|(route, _)| route.keys.prefix().len());
        if let Some((_, counts)) = nearest {
            counts.unmatched += 1;
        }
    }
}
