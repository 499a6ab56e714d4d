//! Faults of clear and scan.

use std::time::Duration;

use cache_core::{
    Backend, Entry, Key, Life, Meta, OwnedKey, Page, RESERVED_DOMAIN, Result, Scope, Stamp,
};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::time::Instant;

use crate::fault::Fault;
use crate::mutant::{Inner, Mutant};

impl Mutant {
    pub(crate) async fn empty(&self, scope: Scope<'_>) -> Result<()> {
        if self.is(Fault::ClearGoesOnAfterItReturned) {
            let (mutant, keys) = (self.clone(), self.kept(|key| scope.contains(key)));
            tokio::spawn(async move {
                for key in keys {
                    tokio::task::yield_now().await;
                    // Nobody waits for it.
                    let _ = mutant.forget(&key).await;
                }
            });
            return Ok(());
        }
        self.clear_now(scope).await
    }

    pub(crate) fn list<'a>(
        &'a self,
        scope: Scope<'a>,
    ) -> impl Stream<Item = Result<Page>> + Send + 'a {
        stream::once(async move {
            let pages = self.pages(scope).await;
            if self.is(Fault::ScanLocksTheStore) {
                self.set_scanning(true);
            }
            match pages {
                Ok(pages) => pages.into_iter().map(Ok).collect(),
                Err(_) if self.is(Fault::ClosedScansAreEmpty) => Vec::new(),
                Err(error) => vec![Err(error)],
            }
        })
        .flat_map(stream::iter)
    }
}

impl Inner {
    pub(crate) fn kept(&self, wanted: impl Fn(&Key<'_>) -> bool) -> Vec<OwnedKey> {
        let shadow = self.shadow();
        shadow
            .keys()
            .filter(|key| wanted(&key.as_key()))
            .cloned()
            .collect()
    }

    async fn forget(&self, key: &OwnedKey) -> Result<()> {
        self.shadow().remove(key);
        self.memory.remove(key.as_key(), None).await.map(drop)
    }

    pub(crate) async fn remove_where(&self, wanted: impl Fn(&Key<'_>) -> bool) -> Result<()> {
        for key in self.kept(wanted) {
            self.forget(&key).await?;
        }
        Ok(())
    }

    async fn clear_now(&self, scope: Scope<'_>) -> Result<()> {
        if self.is(Fault::ClearTakesCounters) {
            self.forget_counters();
        }
        let held: Vec<(OwnedKey, Entry, Instant)> = {
            let shadow = self.shadow();
            let held = shadow.iter();
            held.map(|(key, (entry, at))| (key.clone(), entry.clone(), *at))
                .collect()
        };
        let newest = held.iter().map(|(_, _, at)| *at).max();
        let mut decided = false;
        for (key, entry, at) in &held {
            let goes = self.goes(scope, &key.as_key(), entry, Some(*at) == newest);
            decided |= goes.is_some();
            if goes == Some(true) {
                self.forget(key).await?;
            }
        }
        if !decided {
            self.shadow()
                .retain(|key, _| !scope.contains(&key.as_key()));
            self.memory.clear(scope).await?;
        }
        if self.is(Fault::ClearHidesLaterWrites) {
            self.memory.close().await?;
        }
        Ok(())
    }

    /// Says whether a faulty clear takes a key; `None` where the fault is about something else.
    fn goes(&self, scope: Scope<'_>, key: &Key<'_>, entry: &Entry, newest: bool) -> Option<bool> {
        let (inside, namespace) = (scope.contains(key), key.space().namespace());
        let reserved = key.space().domain() == RESERVED_DOMAIN;
        let within = |wider: Scope<'_>| wider.contains(key);
        Some(match self.fault {
            Fault::ClearTakesTheReservedDomain => {
                let domain = scope.domain.or(reserved.then_some(RESERVED_DOMAIN));
                within(Scope { domain, ..scope })
            }
            Fault::ClearSparesTheReservedDomain => inside && !reserved,
            Fault::ClearIgnoresTheDomain => within(Scope {
                domain: None,
                ..scope
            }),
            Fault::ClearIgnoresTheEpoch => within(Scope {
                epoch: None,
                ..scope
            }),
            Fault::ClearIgnoresTheSchema => within(Scope {
                schema: None,
                ..scope
            }),
            Fault::ClearTakesPrefixes => namespace.starts_with(scope.namespace),
            Fault::ClearTakesPatterns => inside || is_matched(scope.namespace, namespace),
            Fault::ClearSparesLeases => inside && !entry.meta.is_lease(),
            Fault::ClearSparesTheNewest => inside && !newest,
            _ => return None,
        })
    }

    pub(crate) fn is_scanning(&self) -> bool {
        *self
            .scanning
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set_scanning(&self, to: bool) {
        *self
            .scanning
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = to;
    }

    /// What a scan lists that shows dead entries, or leases, too.
    pub(crate) fn listed_too(&self, scope: Scope<'_>) -> Page {
        let now = cache_core::Clock::now(&self.clock);
        let shown = |meta: &Meta| match self.fault {
            Fault::DeadIsListed => !meta.is_lease(),
            _ => self.clock.judge().life(meta, now) != Life::Dead,
        };
        let shadow = self.shadow();
        let held = shadow
            .iter()
            .map(|(key, (entry, _))| (key.clone(), entry.meta));
        held.filter(|(key, meta)| scope.contains(&key.as_key()) && shown(meta))
            .collect()
    }

    async fn pages(&self, scope: Scope<'_>) -> Result<Vec<Page>> {
        if matches!(self.fault, Fault::DeadIsListed | Fault::LeasesAreListed) {
            return Ok(vec![self.listed_too(scope)]);
        }
        let scope = match self.fault {
            Fault::ScanIgnoresTheScope => Scope::namespace(scope.namespace),
            _ => scope,
        };
        let mut pages: Vec<Page> = self.memory.scan(scope).try_collect().await?;
        match self.fault {
            Fault::ScanTellsOtherMetas => {
                for (_, meta) in pages.iter_mut().flatten() {
                    meta.stamp = Stamp::next();
                }
            }
            Fault::ScanIsOnePage => pages = vec![pages.concat()],
            Fault::ScanShowsUnreadable => {
                let unreadable = self.unreadable(scope).await?;
                pages.push(unreadable);
            }
            Fault::ScanCountsPages => pages = self.pages_by_number(scope).await?,
            _ => {}
        }
        Ok(pages)
    }

    /// Asks for one page after the other by its number, in the order of the stamps: removals in between move what follows.
    async fn pages_by_number(&self, scope: Scope<'_>) -> Result<Vec<Page>> {
        let mut pages = Vec::new();
        for number in 0.. {
            let mut all: Page = self.memory.scan(scope).try_concat().await?;
            all.sort_by_key(|(_, meta)| std::cmp::Reverse(meta.stamp.to_bytes()));
            let page: Page = all.into_iter().skip(number * 256).take(256).collect();
            if page.is_empty() {
                break;
            }
            pages.push(page);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(pages)
    }

    /// What was planted, as if it were entries. The suite plants under names with a space in them.
    async fn unreadable(&self, scope: Scope<'_>) -> Result<Page> {
        let names = [
            "foreign bytes",
            "a cut header",
            "another schema",
            "a later format",
        ];
        let mut page = Vec::new();
        let template = self
            .shadow()
            .iter()
            .next()
            .map(|(key, (entry, _))| (key.clone(), entry.meta));
        let Some((neighbour, meta)) = template else {
            return Ok(page);
        };
        for name in names {
            let space = neighbour.as_key().space().clone();
            let key = OwnedKey::new(space, neighbour.as_key().epoch(), name.as_bytes())?;
            let planted = self.memory.get(key.as_key()).await?;
            if matches!(planted, cache_core::Found::Unreadable(_)) && scope.contains(&key.as_key())
            {
                page.push((key, meta));
            }
        }
        Ok(page)
    }
}

/// Whether a namespace, read as a glob pattern with an ending star, matches another.
fn is_matched(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().chain(std::iter::once('*')).collect();
    let text: Vec<char> = text.chars().collect();
    glob(&pattern, &text) && !pattern.starts_with(&text)
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        (['*', rest @ ..], _) => {
            (0..=text.len()).any(|at| glob(rest, text.get(at..).unwrap_or(&[])))
        }
        (['?', rest @ ..], [_, tail @ ..]) => glob(rest, tail),
        (['[', class, ']', rest @ ..], [first, tail @ ..]) => class == first && glob(rest, tail),
        (['\\', escaped, rest @ ..], [first, tail @ ..]) => escaped == first && glob(rest, tail),
        ([plain, rest @ ..], [first, tail @ ..]) => plain == first && glob(rest, tail),
        (_, []) => false,
    }
}
