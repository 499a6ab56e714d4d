//! What was created before a moment is no longer read, by any release; and purging what is left of releases.

use std::pin::pin;

use cache_core::{
    Backend, Error, ErrorKind, Key, Operation, OwnedKey, Result, Scope, Stamp, Timestamp,
};
use futures_util::StreamExt;
use serde::Serialize;

use super::super::record::Change;
use super::history::Action;
use super::purge::{Doomed, Purge, PurgeReport};
use super::{Manager, VersionManager, utc};
use crate::cache::Cache;
use crate::deadline::{Deadline, no_answer};
use crate::flight::{Target, fenced};

/// What an invalidation by age did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Invalidated {
    /// What was created before this moment is a miss. Serialized as UTC.
    #[serde(serialize_with = "utc::serialize")]
    pub before: Timestamp,
    /// Entries that were removed.
    pub removed: u64,
    /// Entries that stay.
    pub kept: u64,
}

impl VersionManager {
    /// Invalidates what was created before a moment, in a domain or in all, of every release.
    ///
    /// Such entries are misses with the reason `watermark` from now on, here at once and in other processes within 5 seconds,
    /// even if a load that began before stores one now; and all that are there are removed, counted, before this returns. Reads
    /// go on meanwhile. The moment of an entry is when its load, or its put, began.
    ///
    /// # Errors
    /// `InvalidArgument` if the moment is in the future, or the domain is none; `Timeout` if a load that was being stored did
    /// not end; otherwise if the store cannot answer. Then a part may be gone, and doing it again is safe.
    pub async fn invalidate_older_than(
        &self,
        moment: Timestamp,
        domain: Option<&str>,
    ) -> Result<Invalidated> {
        let manager = self.manager();
        let scope = manager.scope_of(moment, domain)?;
        manager.raise(moment, domain).await?;
        let sweep = manager.sweep(scope, moment);
        let invalidated = match manager.cache.as_ref().map(Cache::core) {
            Some(core) => {
                let mut patience = Deadline::new(core.deadline);
                let target = Target::Scope(scope);
                let (swept, in_time) = fenced(&core.flights, target, &mut patience, sweep).await;
                swept.and_then(|swept| in_time.then_some(swept).ok_or(no_answer(core.deadline)))
            }
            None => sweep.await,
        }?;
        let release = manager.release().unwrap_or_default();
        manager
            .note(Action::Invalidate, release, invalidated.removed)
            .await?;
        Ok(invalidated)
    }

    /// Removes the entries of releases that are neither kept nor at work, and takes their addresses off the list. Running it
    /// again, after a kill too, removes what is left.
    ///
    /// # Errors
    /// `Conflict` if nothing was deployed yet, so that nobody knows what to keep; `Unsupported` if the store cannot list what it
    /// holds; otherwise if the store cannot answer.
    pub async fn purge(&self, purge: Purge) -> Result<PurgeReport> {
        let manager = self.manager();
        let state = manager.state().await?;
        let mut kept = manager.history().await?.kept(&state, purge.keep);
        if kept.is_empty() {
            let message = "nothing is known of what was deployed; deploy a release, and then purge the others";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        kept.extend(manager.release().map(str::to_owned));
        let listed = manager.listed().await?;
        let unlisted = manager.census(0).await?.unlisted(&listed);
        let unseen_since = manager.ago(purge.unseen_for);
        let doomed = Doomed::pick(&listed, &kept, None, unseen_since, |place| {
            !listed.may_be_of(place, &kept)
        });
        let report = manager
            .purge_all(doomed, &kept, purge.rate, purge.is_dry)
            .await?;
        if !purge.is_dry && !report.addresses.is_empty() {
            let current = kept.first().map_or("", String::as_str);
            manager
                .note(Action::Purge, current, report.removed())
                .await?;
        }
        Ok(PurgeReport { unlisted, ..report })
    }
}

impl Manager {
    fn scope_of<'a>(&'a self, moment: Timestamp, domain: Option<&'a str>) -> Result<Scope<'a>> {
        if moment > self.judge.clock().now() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "the moment is in the future; accepted are moments up to now",
            )
            .operation(Operation::Clear));
        }
        match domain {
            Some(domain) => {
                cache_core::Space::new(&self.namespace, domain, 0)?;
                Ok(Scope::domain(&self.namespace, domain))
            }
            None => Ok(Scope::namespace(&self.namespace)),
        }
    }

    /// Records the mark, and lets this process know.
    async fn raise(&self, moment: Timestamp, domain: Option<&str>) -> Result<()> {
        self.update_state(|state| {
            Ok(if state.raise(domain, moment) {
                Change::Write(())
            } else {
                Change::Keep(())
            })
        })
        .await?;
        if let Some(versions) = self.versions() {
            versions.raise(moment, domain);
        }
        Ok(())
    }

    /// Removes what was created before a moment, each entry only if it is still that one.
    async fn sweep(&self, scope: Scope<'_>, moment: Timestamp) -> Result<Invalidated> {
        let mut swept = Invalidated {
            before: moment,
            removed: 0,
            kept: 0,
        };
        let mut pages = pin!(self.store.scan(scope));
        while let Some(page) = pages.next().await {
            let page = page?;
            let old = page.iter().filter(|(_, meta)| meta.created < moment);
            let old: Vec<(Key<'_>, Stamp)> = old
                .map(|(key, meta)| (OwnedKey::as_key(key), meta.stamp))
                .collect();
            swept.kept += u64::try_from(page.len() - old.len()).unwrap_or(u64::MAX);
            swept.removed += self.remove_exactly(&old).await?;
        }
        Ok(swept)
    }
}
