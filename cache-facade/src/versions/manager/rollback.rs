//! The way back to what was deployed before.

use cache_core::{Error, ErrorKind, Result, Timestamp};
use serde::Serialize;

use super::super::record::Change;
use super::super::state::{Current, State};
use super::compatibility::Deployable;
use super::history::{Action, History, Row};
use super::{Manager, VersionManager};

/// What a rollback came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RollbackReport {
    /// The release that was current.
    pub from: String,
    /// The release that is current again.
    pub to: String,
    /// How many live entries are under its epoch: of those of its types, but for what was changed since, its processes find all.
    pub entries: u64,
    /// Whether it was really done, or only found to be possible.
    pub is_done: bool,
}

impl VersionManager {
    /// Makes the release that was current before the current one the current one again. Rolling back twice leads back two
    /// deployments. Processes of that release find at once what it had, but for what was changed since.
    ///
    /// With `dry_run` it only says where it would lead.
    ///
    /// # Errors
    /// `Conflict` if nothing was deployed before, or somebody else deploys at the same time; otherwise if the store cannot
    /// answer: then it may have taken place, and [`rollback_from`](Self::rollback_from) is what can be done again.
    pub async fn rollback(&self, dry_run: bool) -> Result<RollbackReport> {
        let state = self.manager().state().await?;
        self.roll_back(&state, dry_run).await
    }

    /// The same, if a release is the current one: done again after it took place, it does nothing.
    ///
    /// # Errors
    /// As [`rollback`](Self::rollback), and `Conflict` if another release is the current one.
    pub async fn rollback_from(&self, release: &str, dry_run: bool) -> Result<RollbackReport> {
        let state = self.manager().state().await?;
        let current = state
            .current
            .as_ref()
            .map(|current| current.release.as_str());
        if current != Some(release) {
            let current = current.unwrap_or("none");
            let message = format!("the current release is {current}, and not {release}");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        self.roll_back(&state, dry_run).await
    }

    async fn roll_back(&self, state: &State, dry_run: bool) -> Result<RollbackReport> {
        let manager = self.manager();
        let history = manager.history().await?;
        let chain = history.chain(state);
        let [current, before, ..] = chain.as_slice() else {
            let message = "nothing was deployed before; there is no way back";
            return Err(Error::new(ErrorKind::Conflict, message));
        };
        let (from, to) = ((*current).clone(), (*before).clone());
        let entries = manager.entries_of(&to.release).await?;
        if !dry_run {
            manager.lead_back(&from, &to).await?;
            // It took place, whether that can be noted or not: an error would have somebody do it again.
            if let Err(error) = manager.note(Action::Rollback, &to.release, 0).await {
                tracing::warn!(%error, "the rollback is not in the history");
            }
        }
        Ok(RollbackReport {
            from: from.release,
            to: to.release,
            entries,
            is_done: !dry_run,
        })
    }
}

impl Manager {
    async fn lead_back(&self, from: &Row, to: &Row) -> Result<()> {
        let since: Timestamp = self.judge.clock().now();
        let is_back = self.update_state(|state| {
            if state.current.as_ref().map(|current| current.id) != Some(from.id) {
                return Ok(Change::Keep(false));
            }
            state.current = Some(Current {
                id: to.id,
                release: to.release.clone(),
                since: since.as_millis(),
            });
            Ok(Change::Write(true))
        });
        match is_back.await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // The answer may have been lost.
            Err(error) => {
                let current = self.state().await?.current;
                return match current {
                    Some(current) if current.id == to.id => Ok(()),
                    _ => Err(error),
                };
            }
        }
        let message = "another deployment or rollback took place meanwhile";
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// Counts the entries at the addresses of a release.
    async fn entries_of(&self, release: &str) -> Result<u64> {
        let epoch = Deployable::new(release)?.epoch;
        let listed = self.listed().await?;
        let census = self.census(0).await?;
        let places = listed.iter().filter(|(place, releases)| {
            let is_its_own = releases.iter().any(|one| one.release == release);
            is_its_own || place.epoch() == epoch
        });
        let places: Vec<_> = places.map(|(place, _)| place.clone()).collect();
        Ok(census.count(&places))
    }
}

impl History {
    /// The releases of the current deployment and of those before, so many in all.
    pub(super) fn kept(&self, state: &State, releases: usize) -> Vec<String> {
        let chain = self.chain(state).into_iter();
        chain
            .take(releases)
            .map(|row| row.release.clone())
            .collect()
    }
}
