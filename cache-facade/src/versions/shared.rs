//! What the two faces of a [`Versioned`](super::Versioned) store share: the store, and who stands where.

use std::pin::pin;
use std::sync::Arc;

use cache_core::slots::Slots;
use cache_core::{
    Backend, Capability, Condition, Error, ErrorKind, Found, Judge, Key, Put, RESERVED_DOMAIN,
    Removed, Result, Scope, loops,
};
use futures_util::StreamExt;
use futures_util::future::join_all;

use super::live_set::{LiveSet, unreadable};
use super::standing::{self, Other, Seen, Standing};

/// How often entering tries again when others change the record meanwhile.
const ATTEMPTS: usize = 1_024;

#[derive(Debug)]
pub(super) struct Shared<B> {
    pub(super) store: B,
    release: String,
    judge: Judge,
    /// Whether anything outlives this process, or is seen by another one. If not, there are no releases to keep apart.
    is_on: bool,
    /// Whether others write to the store meanwhile.
    pub(super) has_company: bool,
    standings: Slots<Option<Standing>>,
}

impl<B: Backend> Shared<B> {
    pub(super) fn new(store: B, release: String, judge: Judge) -> Self {
        let powers = store.info().capabilities;
        let has_company = powers.has(Capability::Shared);
        Self {
            is_on: has_company || powers.has(Capability::Persistent),
            has_company,
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
        let make = || Standing::new(space, key.epoch()).ok();
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
            if !standing.stands() {
                self.enter(standing).await?;
            } else if self.has_company && standing.is_due(self.judge.clock().coarse()) {
                self.check(standing).await;
            }
        }
        Ok(())
    }

    /// Looks whether the row still stands. A store that does not answer is asked again in a while.
    async fn check(&self, standing: &Standing) {
        let Ok(found) = self.store.get(standing.record.as_key()).await else {
            return;
        };
        let seen = self.learn(standing, &found).map(|(seen, _)| seen);
        if !matches!(seen, Ok(Seen::Stands)) {
            // What keeps it from entering keeps the next read from reading.
            let _ = self.enter(standing).await;
        }
    }

    /// Learns what was read as the record of a domain.
    fn learn(&self, standing: &Standing, found: &Found) -> Result<(Seen, Arc<[Other]>)> {
        let set = read(found)?;
        standing.learn(set.as_ref(), &self.release, self.judge.clock().now())
    }

    /// Puts the row of this release into the record.
    async fn enter(&self, standing: &Standing) -> Result<()> {
        let _alone = standing.entering.lock().await;
        let record = standing.record.as_key();
        for _ in 0..ATTEMPTS {
            let found = self.store.get(record).await?;
            if matches!(self.learn(standing, &found)?, (Seen::Stands, _)) {
                return Ok(());
            }
            let now = self.judge.clock().now();
            let mut set = read(&found)?.unwrap_or_default();
            set.enter(standing.address(), &self.release, now);
            let when = found
                .meta()
                .map_or(Condition::Absent, |meta| Condition::If(meta.stamp));
            if let Put::Stored(_) = self.store.put(record, set.to_entry(now)?, when).await? {
                standing.learn(Some(&set), &self.release, now)?;
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "others changed the record of releases each time; try again later",
        ))
    }

    /// Reads the records of domains, as part of a change. Nobody else changes them where this process has the store alone.
    pub(super) async fn records(&self, standings: &[&Standing]) -> Vec<Result<Arc<[Other]>>> {
        if !self.has_company {
            return standings.iter().map(|one| Ok(one.others())).collect();
        }
        let keys: Vec<Key<'_>> = standings.iter().map(|one| one.record.as_key()).collect();
        let found = join_all(keys.iter().map(|key| self.store.get(*key))).await;
        let read = standings.iter().zip(found);
        read.map(|(standing, found)| Ok(self.learn(standing, &found?)?.1))
            .collect()
    }

    /// Clears; and once more where somebody may have taken over, meanwhile, what the first walk had not come to.
    pub(super) async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.store.clear(scope).await?;
        if self.is_on && self.is_crowded(scope).await? {
            self.store.clear(scope).await?;
        }
        Ok(())
    }

    /// Says whether releases of one epoch may have different types in a domain of a scope.
    async fn is_crowded(&self, scope: Scope<'_>) -> Result<bool> {
        if !self.store.info().capabilities.has(Capability::Scan) {
            return Ok(true);
        }
        let records = Scope::domain(scope.namespace, RESERVED_DOMAIN);
        let mut pages = pin!(self.store.scan(records));
        while let Some(page) = pages.next().await {
            for (key, _) in page? {
                let key = key.as_key();
                if !standing::is_record(key.id(), scope.domain) {
                    continue;
                }
                let set = read(&self.store.get(key).await?)?;
                if set.is_some_and(|set| set.is_crowded()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
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

fn read(found: &Found) -> Result<Option<LiveSet>> {
    match found {
        Found::Absent | Found::Dead => Ok(None),
        Found::Entry(entry) => LiveSet::of_entry(entry).map(Some),
        Found::Shared(shared) => LiveSet::of_entry(&shared.to_entry()).map(Some),
        Found::Unreadable(_) => Err(unreadable()),
    }
}
