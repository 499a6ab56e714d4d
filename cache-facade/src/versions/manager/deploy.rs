//! A deployment, step by step.

use std::cmp::Ordering;

use cache_core::{Epoch, Error, ErrorKind, Meta, OwnedKey, Result, Timestamp};

use super::super::record::Change;
use super::super::state::{Current, State};
use super::compatibility::Deployable;
use super::history::{Action, History, Row, Status};
use super::hooks::HookContext;
use super::places::{Census, Listed, Place};
use super::plan::Plan;
use super::purge::{Doomed, PurgeReport};
use super::report::DeployReport;
use super::state_file;
use super::strategy::{Kind, Strategy};
use super::{Manager, VersionManager};

/// Why a deployment is given up: a step's own words, or a store that did not answer.
enum Stop {
    Abort(String),
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// A deployment that was found to be possible.
struct Run<'a> {
    versions: &'a VersionManager,
    to: Deployable,
    strategy: &'a Strategy,
    /// What was current when it began.
    current: Option<Current>,
    /// The release that was at work, for who never recorded one.
    found: Option<Deployable>,
    listed: Listed,
    census: Census,
    report: DeployReport,
}

impl VersionManager {
    pub(super) async fn run(&self, release: &str, strategy: &Strategy) -> Result<DeployReport> {
        let mut run = Run::begin(self, release, strategy).await?;
        if strategy.is_dry {
            run.count_what_would_be().await?;
            return Ok(run.report);
        }
        run.save_state().await?;
        let id = run.record().await?;
        match run.steps(id).await {
            Ok(()) => {
                run.report.is_deployed = true;
                let purged = run.purge().await;
                self.manager().end(id, Status::Done, run.entries()).await?;
                // Deployed it is; the same deployment again goes on with what is left.
                purged?;
            }
            Err(stop) => {
                run.undo(id).await?;
                match stop {
                    Stop::Abort(why) => run.report.aborted = Some(why),
                    Stop::Error(error) => return Err(error),
                }
            }
        }
        let (listed, census) = (
            self.manager().listed().await?,
            self.manager().census(0).await?,
        );
        run.report.after = census.told(&listed);
        Ok(run.report)
    }
}

impl<'a> Run<'a> {
    /// Checks whether the release may be deployed, and looks at what there is.
    async fn begin(
        versions: &'a VersionManager,
        release: &str,
        strategy: &'a Strategy,
    ) -> Result<Self> {
        let manager = versions.manager();
        let to = Deployable::new(release)?;
        let current = manager.state().await?.current;
        let listed = manager.listed().await?;
        let found = match &current {
            // Again, after it was killed: what is left of the release before is still to be done.
            Some(current) if current.release == to.text => {
                let before = manager.before(current.id).await?;
                Some(before.unwrap_or_else(|| to.clone()))
            }
            Some(current) => Some(Deployable::new(&current.release)?),
            None => newest(&listed, &to),
        };
        if let Some(from) = &found {
            refuse_downgrade(from, &to)?;
        }
        let census = manager.census(strategy.samples).await?;
        let was_current = current
            .as_ref()
            .is_some_and(|current| current.release == to.text);
        let report = DeployReport {
            from: found.as_ref().map(|found| found.text.clone()),
            to: to.text.clone(),
            strategy: strategy.name(),
            was_current,
            before: census.told(&listed),
            ..DeployReport::default()
        };
        Ok(Self {
            versions,
            to,
            strategy,
            current,
            found,
            listed,
            census,
            report,
        })
    }

    fn manager(&self) -> &'a Manager {
        self.versions.manager()
    }

    /// The steps between the record and its end.
    async fn steps(&mut self, id: u64) -> Result<(), Stop> {
        self.hooks(true).await?;
        let plan = self.convert().await?;
        if !self.report.was_current {
            self.switch(id).await?;
        }
        self.check(&plan).await?;
        self.hooks(false).await
    }

    async fn hooks(&mut self, are_before: bool) -> Result<(), Stop> {
        let hooks = self.versions.hooks.iter();
        for hook in hooks.filter(|hook| hook.is_before() == are_before) {
            let context = HookContext {
                versions: self.versions.clone(),
                from: self.report.from.clone(),
                to: self.to.text.clone(),
            };
            let report = hook.run(context, self.strategy.hook_timeout).await;
            let aborts = report.aborts();
            let why = format!("the hook `{}` failed", report.name);
            self.report.hooks.push(report);
            if aborts {
                return Err(Stop::Abort(why));
            }
        }
        Ok(())
    }

    /// Where the entries are that become those of the release.
    fn plan(&self) -> Plan {
        match (&self.found, self.strategy.kind) {
            (Some(from), Kind::Gradual) => self.manager().plan(&self.listed, from.epoch, &self.to),
            _ => Plan::default(),
        }
    }

    async fn convert(&mut self) -> Result<Plan, Stop> {
        let plan = self.plan();
        if self.strategy.kind != Kind::Gradual {
            return Ok(plan);
        }
        let manager = self.manager();
        self.report.unconvertible = self.census.count(&plan.unconvertible);
        let converted = manager.convert_all_of(&plan, &self.to, self.strategy);
        self.report.converted = converted.await?;
        if self.report.converted.iter().all(|one| one.is_complete) {
            Ok(plan)
        } else {
            let why = "others kept entries busy until the walks were used up; deploy again";
            Err(Stop::Abort(why.to_owned()))
        }
    }

    /// Makes the release the current one, unless something else was done meanwhile.
    async fn switch(&self, id: u64) -> Result<(), Stop> {
        let next = Current {
            id,
            release: self.to.text.clone(),
            since: self.now().as_millis(),
        };
        let is_switched = self.replace(self.current.as_ref(), Some(next)).await?;
        if is_switched {
            Ok(())
        } else {
            let why = "another deployment or rollback took place meanwhile";
            Err(Stop::Abort(why.to_owned()))
        }
    }

    /// Replaces what is current, if it is what is expected. Says whether it was.
    async fn replace(&self, over: Option<&Current>, by: Option<Current>) -> Result<bool> {
        let manager = self.manager();
        manager
            .update_state(|state: &mut State| {
                if state.current.as_ref() != over {
                    return Ok(Change::Keep(false));
                }
                state.current.clone_from(&by);
                Ok(Change::Write(true))
            })
            .await
    }

    async fn check(&mut self, plan: &Plan) -> Result<(), Stop> {
        let samples: &[(OwnedKey, Meta)] = &self.census.samples;
        let release = &self.to.text;
        let verified = self
            .manager()
            .verify(release, samples, &plan.conversions)
            .await?;
        self.report.verified = Some(verified);
        if verified.holds() {
            Ok(())
        } else {
            Err(Stop::Abort("what was read back does not hold".to_owned()))
        }
    }

    async fn purge(&mut self) -> Result<()> {
        // Who was at work while entries were converted was seen since.
        self.listed = self.manager().listed().await?;
        let Some(doomed) = self.doomed() else {
            return Ok(());
        };
        let kept = [self.to.text.clone()];
        let purged = self
            .manager()
            .purge_all(doomed, &kept, self.strategy.rate, false)
            .await?;
        self.report.purged = Some(purged);
        Ok(())
    }

    /// Which addresses the strategy empties.
    fn doomed(&self) -> Option<Doomed> {
        let kept = [self.to.text.clone()];
        let to = self.to.epoch;
        let is_other = move |epoch: Epoch| epoch != to && epoch != Epoch::UNVERSIONED;
        match self.strategy.kind {
            Kind::Safe => None,
            Kind::Aggressive => Some(Doomed::pick(
                &self.listed,
                &kept,
                None,
                Timestamp::NEVER,
                |place| is_other(place.epoch()),
            )),
            Kind::Gradual => {
                let from = self.found.as_ref()?.epoch;
                let unseen_since = self.manager().ago(self.strategy.unseen_for);
                let own = self.manager().release();
                let is_before = |place: &Place| is_other(place.epoch()) && place.epoch() == from;
                Some(Doomed::pick(
                    &self.listed,
                    &kept,
                    own,
                    unseen_since,
                    is_before,
                ))
            }
        }
    }

    /// Adds the row, after one for the release that was found at work.
    async fn record(&mut self) -> Result<u64> {
        let now = self.now();
        let row = Row {
            strategy: Some(self.strategy.name().to_owned()),
            ..Row::begun(Action::Deploy, &self.to.text, self.to.epoch, now)
        };
        if let (Some(current), true) = (&self.current, self.report.was_current) {
            self.report.id = Some(current.id);
            return Ok(current.id);
        }
        let (current, found) = (self.current.clone(), self.found.clone());
        let id = self
            .manager()
            .update_history(|history: &mut History| {
                let told = current.as_ref().filter(|one| history.tells(one));
                let before = match (told, &found) {
                    (Some(current), _) => Some(current.id),
                    // The record was lost, or never was.
                    (None, Some(found)) => Some(history.found(found, now)),
                    (None, None) => None,
                };
                let row = Row {
                    before,
                    ..row.clone()
                };
                Ok(Change::Write(history.add(row)))
            })
            .await?;
        self.report.id = Some(id);
        Ok(id)
    }

    /// Puts back what was current, and notes that nothing came of it.
    async fn undo(&self, id: u64) -> Result<()> {
        let manager = self.manager();
        if self.report.was_current {
            return Ok(());
        }
        let state = manager.state().await?;
        let own = state.current.filter(|current| current.id == id);
        if own.is_some() {
            self.replace(own.as_ref(), self.current.clone()).await?;
        }
        manager.end(id, Status::Aborted, 0).await
    }

    /// Writes what there was into a file.
    async fn save_state(&self) -> Result<()> {
        let Some(path) = self.strategy.state_file.clone() else {
            return Ok(());
        };
        let current = self.current.as_ref();
        let current = current.map(|current| current.release.as_str());
        state_file::save(path, self.now(), current, &self.report).await
    }

    async fn count_what_would_be(&mut self) -> Result<()> {
        let plan = self.plan();
        self.report.unconvertible = self.census.count(&plan.unconvertible);
        for conversion in &plan.conversions {
            let mut report = conversion.report();
            report.found = self.census.count(std::slice::from_ref(&conversion.from));
            self.report.converted.push(report);
        }
        if let Some(doomed) = self.doomed() {
            let purged = self.manager().purge_all(doomed, &[], None, true).await?;
            self.report.purged = Some(purged);
        }
        Ok(())
    }

    fn entries(&self) -> u64 {
        let converted = self.report.converted.iter().map(|one| one.converted);
        let purged = self.report.purged.as_ref().map_or(0, PurgeReport::removed);
        converted.sum::<u64>() + purged
    }

    fn now(&self) -> Timestamp {
        self.manager().judge.clock().now()
    }
}

/// Returns the newest release that is at work, before another one.
fn newest(listed: &Listed, before: &Deployable) -> Option<Deployable> {
    let releases = listed.iter().flat_map(|(_, releases)| releases);
    releases
        .filter_map(|one| Deployable::new(&one.release).ok())
        .filter(|one| one.order(before) == Ordering::Less)
        .max_by(Deployable::order)
}

fn refuse_downgrade(from: &Deployable, to: &Deployable) -> Result<()> {
    let is_same = from.text == to.text;
    if is_same || from.order(to) == Ordering::Less {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!(
            "release {} is not newer than {}, which is deployed; accepted are newer ones, and `rollback` leads back",
            to.text, from.text
        ),
    ))
}
