//! What the two faces of a [`Versioned`](super::Versioned) store share: the store, and who stands where.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use cache_core::slots::Slots;
use cache_core::{
    Backend, Capability, Condition, Entry, Found, Judge, Key, Meta, Put, PutItem, RESERVED_DOMAIN,
    Reason, Removed, Result, Scope, Timestamp, loops,
};
use futures_util::StreamExt;
use futures_util::future::{join, join_all};

use super::live_set::LiveSet;
use super::record::{self, Change};
use super::standing::{self, ABANDONED_AFTER, Other, Seen, Standing, before};
use super::state::State;

/// Where the records cannot be found: a release, and one that takes over from it.
const PASSES_AT_A_GUESS: usize = 2;

#[derive(Debug)]
pub(super) struct Shared<B> {
    pub(super) store: B,
    release: String,
    pub(super) judge: Judge,
    /// Whether anything outlives this process, or is seen by another one. If not, there are no releases to keep apart.
    is_on: bool,
    /// Whether others write to the store meanwhile.
    pub(super) has_company: bool,
    /// How long a change may be under way that does not know of an address.
    settling: Duration,
    standings: Slots<Option<Standing>>,
}

impl<B: Backend> Shared<B> {
    pub(super) fn new(store: B, release: String, judge: Judge, settling: Duration) -> Self {
        let powers = store.info().capabilities;
        let has_company = powers.has(Capability::Shared);
        Self {
            is_on: has_company || powers.has(Capability::Persistent),
            has_company,
            settling,
            store,
            release,
            judge,
            standings: Slots::default(),
        }
    }

    /// Returns what is known of a key's domain. `None` where nothing needs to be: this process has the store for itself, or
    /// the key is that of another release.
    #[inline]
    pub(super) fn standing(&self, key: Key<'_>) -> Option<&Standing> {
        if self.is_on {
            self.standing_of(key)
        } else {
            None
        }
    }

    fn standing_of(&self, key: Key<'_>) -> Option<&Standing> {
        let space = key.space();
        if space.domain() == RESERVED_DOMAIN {
            return None;
        }
        let make = || Standing::new(space, key.epoch(), self.settling).ok();
        let standing = self.standings.get_or_init(space.index(), make)?;
        standing.as_ref().filter(|one| one.is_of(key))
    }

    /// Returns the domains of keys, each once.
    pub(super) fn standings(&self, keys: &[Key<'_>]) -> Vec<&Standing> {
        let mut standings: Vec<&Standing> = Vec::new();
        for key in keys {
            let Some(standing) = self.standing(*key) else {
                continue;
            };
            if !standings.iter().any(|known| std::ptr::eq(*known, standing)) {
                standings.push(standing);
            }
        }
        standings
    }

    /// Makes sure that the rows of these domains stand.
    pub(super) async fn ready(&self, standings: &[&Standing]) -> Result<()> {
        for standing in standings {
            let now = self.judge.clock().coarse();
            if !standing.stands() || (self.has_company && standing.is_forgotten(now)) {
                self.enter(standing).await?;
            } else if self.has_company && standing.is_due(now) {
                self.check(standing).await;
            }
        }
        Ok(())
    }

    /// Looks whether the row still stands, and what is still read. A store that does not answer is asked again in a while.
    async fn check(&self, standing: &Standing) {
        let record = self.store.get(standing.record.as_key());
        let (record, marks) = join(record, self.store.get(standing.marks.as_key())).await;
        let (Ok(record), Ok(marks)) = (record, marks) else {
            return;
        };
        let is_known = learn_marks(standing, &marks).is_ok();
        let seen = self.learn(standing, &record).map(|(seen, _)| seen);
        match seen {
            Ok(Seen::Stands) if is_known => standing.is_checked(self.judge.clock().coarse()),
            Ok(Seen::Old) if is_known => {}
            // What keeps it from entering keeps the next read from reading.
            _ => standing.leave(),
        }
        if !matches!(seen, Ok(Seen::Stands)) || !is_known {
            let _ = self.enter(standing).await;
        }
    }

    /// Learns what was read as the record of a domain.
    fn learn(&self, standing: &Standing, found: &Found) -> Result<(Seen, Arc<[Other]>)> {
        let set = record::read(found)?;
        standing.learn(set.as_ref(), &self.release, self.judge.clock().now())
    }

    /// Makes sure that the row of this release is in the record, and learns what is still read. Of many at the same time one
    /// does it for all.
    async fn enter(&self, standing: &Standing) -> Result<()> {
        let tries = standing.tries.load(SeqCst);
        let mut entered = standing.entering.lock().await;
        if entered.tries != tries {
            return entered.failure.clone().map_or(Ok(()), Err);
        }
        let outcome = self.try_to_enter(standing).await;
        entered.failure = outcome.as_ref().err().cloned();
        entered.tries += 1;
        standing.tries.store(entered.tries, SeqCst);
        outcome
    }

    async fn try_to_enter(&self, standing: &Standing) -> Result<()> {
        let marks = self.store.get(standing.marks.as_key()).await?;
        learn_marks(standing, &marks)?;
        let outcome = self.write_row(standing).await;
        if outcome.is_err() {
            // A store that refuses writes may still answer: a row that was renewed not long ago stands.
            let found = self.store.get(standing.record.as_key()).await?;
            if self.learn(standing, &found)?.0 == Seen::Missing {
                return outcome;
            }
        }
        standing.is_checked(self.judge.clock().coarse());
        Ok(())
    }

    /// Puts the row of this release into the record, and with it those that were lost.
    async fn write_row(&self, standing: &Standing) -> Result<()> {
        let (address, release) = (standing.address(), &self.release);
        let key = standing.record.as_key();
        let set = record::update(&self.store, key, |set: &mut LiveSet| {
            let now = self.judge.clock().now();
            let restored = standing.restored(set, release, now);
            let is_whole = matches!(restored, Cow::Borrowed(_));
            if is_whole && Seen::of(set.seen(address, release), now) == Seen::Stands {
                return Ok(Change::Keep(set.clone()));
            }
            *set = restored.into_owned();
            set.enter(address, release, now);
            Ok(Change::Write(set.clone()))
        });
        let set = set.await?;
        standing.wrote(&set);
        standing.learn(Some(&set), release, self.judge.clock().now())?;
        Ok(())
    }

    /// Reads the records again of all domains whose changes do not.
    pub(super) async fn look_again(&self) -> Result<()> {
        if self.has_company {
            return Ok(());
        }
        for standing in self.standings.iter().flatten() {
            let found = self.store.get(standing.record.as_key()).await?;
            self.learn(standing, &found)?;
        }
        Ok(())
    }

    /// Takes note that what was created before a moment is no longer read, in a domain or in all.
    pub(super) fn raise(&self, domain: Option<&str>, mark: Timestamp) {
        let standings = self.standings.iter().flatten();
        let concerned = standings.filter(|one| domain.is_none_or(|domain| domain == one.domain()));
        concerned.for_each(|standing| standing.raise(mark));
    }

    /// Says whether an entry is older than what is still read.
    #[inline]
    pub(super) fn is_below(&self, key: Key<'_>, meta: &Meta) -> bool {
        let standing = self.standing(key);
        standing.is_some_and(|standing| standing.is_below(meta))
    }

    /// Turns what is older than what is still read into a miss, and removes it: the next load has to find the place free.
    pub(super) async fn above_the_mark(&self, key: Key<'_>, found: Found) -> Found {
        let below = found.meta().filter(|meta| self.is_below(key, meta));
        let Some(stamp) = below.map(|meta| meta.stamp) else {
            return found;
        };
        // Whether it can be removed or not, nobody here reads it. Boxed: it happens once per entry at most.
        let _ = Box::pin(self.store.remove(key, Some(stamp))).await;
        Found::Unreadable(Reason::Watermark)
    }

    /// The same for a batch.
    pub(super) async fn all_above_the_mark(
        &self,
        keys: &[Key<'_>],
        found: Vec<Result<Found>>,
    ) -> Vec<Result<Found>> {
        let judged = keys.iter().zip(found);
        let judged =
            judged.map(|(key, found)| async { Ok(self.above_the_mark(*key, found?).await) });
        join_all(judged).await
    }

    /// Puts. What is older than what is still read is not in the way of a put under `Absent`.
    pub(super) async fn put_above_the_mark(
        &self,
        key: Key<'_>,
        entry: Entry,
        when: Condition,
    ) -> Result<Put> {
        if when != Condition::Absent || self.standing(key).is_none_or(|one| !one.has_mark()) {
            return self.store.put(key, entry, when).await;
        }
        match self.store.put(key, entry.clone(), when).await? {
            Put::Refused(Some(meta)) if !meta.is_lease() && self.is_below(key, &meta) => {
                self.store.remove(key, Some(meta.stamp)).await?;
                self.store.put(key, entry, when).await
            }
            put => Ok(put),
        }
    }

    /// The same for many.
    pub(super) async fn put_all_above_the_mark(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let may_be_in_the_way = |item: &PutItem<'_>| {
            let has_mark = || self.standing(item.key).is_some_and(Standing::has_mark);
            item.when == Condition::Absent && has_mark()
        };
        let again: Vec<_> = items
            .iter()
            .map(|item| may_be_in_the_way(item).then(|| item.clone()))
            .collect();
        let mut puts = self.store.put_many(items).await;
        for (put, item) in puts.iter_mut().zip(again) {
            let (Some(item), Ok(Put::Refused(Some(meta)))) = (item, &*put) else {
                continue;
            };
            if !meta.is_lease() && self.is_below(item.key, meta) {
                *put = self
                    .put_above_the_mark(item.key, item.entry, item.when)
                    .await;
            }
        }
        puts
    }

    /// Reads the records of domains, as part of a change.
    pub(super) async fn records(&self, standings: &[&Standing]) -> Vec<Result<Arc<[Other]>>> {
        join_all(standings.iter().map(|one| self.record(one))).await
    }

    /// Where this process has the store alone, nobody changes a record that it has entered but its manager, after which it looks
    /// again.
    async fn record(&self, standing: &Standing) -> Result<Arc<[Other]>> {
        if !self.has_company && standing.stands() {
            return Ok(standing.others());
        }
        let found = self.store.get(standing.record.as_key()).await?;
        Ok(self.learn(standing, &found)?.1)
    }

    /// Clears; and again where somebody may have taken over, meanwhile, what the walk before had not come to.
    pub(super) async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.store.clear(scope).await?;
        if self.is_on {
            for _ in 1..self.passes(scope).await? {
                self.store.clear(scope).await?;
            }
        }
        Ok(())
    }

    /// Returns how often a scope has to be cleared: as its domain with the most addresses at work has to.
    async fn passes(&self, scope: Scope<'_>) -> Result<usize> {
        if !self.store.info().capabilities.has(Capability::Scan) {
            return Ok(PASSES_AT_A_GUESS);
        }
        let at_work = before(self.judge.clock().now(), ABANDONED_AFTER);
        let mut passes = 1;
        let records = Scope::domain(scope.namespace, RESERVED_DOMAIN);
        let mut pages = pin!(self.store.scan(records));
        while let Some(page) = pages.next().await {
            for (key, _) in page? {
                let key = key.as_key();
                if !standing::is_record(key.id(), scope.domain) {
                    continue;
                }
                let set: Option<LiveSet> = record::read(&self.store.get(key).await?)?;
                let set = set.unwrap_or_default();
                let of_this = standing::passes(set.addresses().len(), set.seen_since(at_work));
                passes = passes.max(of_this);
            }
        }
        Ok(passes)
    }

    /// Removes keys, whatever the store can do at once.
    pub(super) async fn remove_all(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        if self.store.info().capabilities.has(Capability::Batch) {
            self.store.remove_many(keys).await
        } else {
            loops::remove_each(&self.store, keys).await
        }
    }
}

fn learn_marks(standing: &Standing, found: &Found) -> Result<()> {
    let state: State = record::read(found)?.unwrap_or_default();
    standing.learn_mark(state.mark(standing.domain()));
    Ok(())
}
