//! The way back to what was deployed before.

use cache_core::{Error, ErrorKind, Result, Timestamp};
use serde::Serialize;

use super::super::record::Change;
use super::super::state::Current;
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
    /// How many live entries its processes find at once.
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
    /// answer.
    pub async fn rollback(&self, dry_run: bool) -> Result<RollbackReport> {
        let manager = self.manager();
        let state = manager.state().await?;
        let history = manager.history().await?;
        let chain = history.chain(&state);
        let [current, before, ..] = chain.as_slice() else {
            let message = "nothing was deployed before; there is no way back";
            return Err(Error::new(ErrorKind::Conflict, message));
        };
        let (from, to) = ((*current).clone(), (*before).clone());
        let entries = manager.entries_of(&to.release).await?;
        if !dry_run {
            manager.lead_back(&from, &to).await?;
            manager.note(Action::Rollback, &to.release, 0).await?;
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
        if is_back.await? {
            return Ok(());
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
    pub(super) fn kept(&self, state: &super::State, releases: usize) -> Vec<String> {
        let chain = self.chain(state).into_iter();
        chain
            .take(releases)
            .map(|row| row.release.clone())
            .collect()
    }
}
