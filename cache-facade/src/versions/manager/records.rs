//! What the manager keeps in the store, and what it knows of its own process.

use std::sync::Arc;

use cache_core::{Epoch, Error, Operation, Result};

use super::super::record::{self, Change};
use super::super::state::State;
use super::Manager;
use super::compatibility::Deployable;
use super::convert::Converted;
use super::history::{Action, History, Row, Status};
use super::plan::Plan;
use super::strategy::Strategy;
use crate::cache::Cache;
use crate::deadline::within;
use crate::migration::Kept;

impl Manager {
    pub(super) async fn state(&self) -> Result<State> {
        let found = self.store_get(self.state.as_key()).await?;
        Ok(record::read(&found)?.unwrap_or_default())
    }

    pub(super) async fn history(&self) -> Result<History> {
        let found = self.store_get(self.history.as_key()).await?;
        Ok(record::read(&found)?.unwrap_or_default())
    }

    pub(super) async fn update_state<O: Send>(
        &self,
        change: impl FnMut(&mut State) -> Result<Change<O>> + Send,
    ) -> Result<O> {
        let key = self.state.as_key();
        within(self.limit, record::update(&self.store, key, change)).await
    }

    pub(super) async fn update_history<O: Send>(
        &self,
        mut change: impl FnMut(&mut History) -> Result<Change<O>> + Send,
    ) -> Result<O> {
        let current = self.state().await?.current.map(|current| current.id);
        let key = self.history.as_key();
        let change = |history: &mut History| {
            history.with_current(current);
            change(history)
        };
        within(self.limit, record::update(&self.store, key, change)).await
    }

    /// Returns the release that was current before the deployment of a row.
    pub(super) async fn before(&self, id: u64) -> Result<Option<Deployable>> {
        let history = self.history().await?;
        let before = history.row(id).and_then(|row| history.row(row.before?));
        before.map(|row| Deployable::new(&row.release)).transpose()
    }

    pub(super) async fn end(&self, id: u64, status: Status, entries: u64) -> Result<()> {
        self.update_history(|history| {
            history.end(id, status, entries);
            Ok(Change::Write(()))
        })
        .await
    }

    /// Adds a row of something that ended.
    pub(super) async fn note(&self, action: Action, release: &str, entries: u64) -> Result<()> {
        let epoch = Deployable::new(release).map_or(Epoch::UNVERSIONED, |of| of.epoch);
        let row = Row {
            entries,
            status: Status::Done,
            ..Row::begun(action, release, epoch, self.judge.clock().now())
        };
        self.update_history(|history| {
            history.add(row.clone());
            Ok(Change::Write(()))
        })
        .await
    }

    /// The release of this process.
    pub(super) fn release(&self) -> Option<&str> {
        self.cache.as_ref()?.release().version.as_deref()
    }

    /// The domains of this process.
    pub(super) fn domains(&self) -> impl Iterator<Item = &Arc<dyn Kept>> {
        self.cache.iter().flat_map(Cache::kept)
    }

    pub(super) async fn migrate(&self, rate: u32) -> Result<Vec<Converted>> {
        let Some(release) = self.release() else {
            return Err(Error::unsupported(
                Operation::Put,
                "a tool without an application's types",
            ));
        };
        let own = Deployable::new(release)?;
        let listed = self.listed().await?;
        let mut plan = Plan::default();
        for epoch in [own.epoch, Epoch::UNVERSIONED] {
            let of_epoch = self.plan(&listed, epoch, &own);
            plan.conversions.extend(of_epoch.conversions);
        }
        let strategy = Strategy::gradual().rate(rate);
        self.carry_out(&plan, &own, &strategy).await
    }

    pub(super) async fn copy(
        &self,
        from: &Deployable,
        to: &Deployable,
        strategy: &Strategy,
    ) -> Result<Vec<Converted>> {
        let plan = self.plan(&self.listed().await?, from.epoch, to);
        self.carry_out(&plan, to, strategy).await
    }

    /// Converts, and notes it in the history.
    pub(super) async fn carry_out(
        &self,
        plan: &Plan,
        to: &Deployable,
        strategy: &Strategy,
    ) -> Result<Vec<Converted>> {
        let converted = self.convert_all_of(plan, to, strategy).await?;
        let entries = converted.iter().map(|one| one.converted).sum();
        self.note(Action::Migrate, &to.text, entries).await?;
        Ok(converted)
    }
}
