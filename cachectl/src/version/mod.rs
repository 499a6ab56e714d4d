//! `cachectl version`: the releases that share a store, for people and for pipelines.

mod args;
mod left;
mod show;

use cache_core::{ErrorKind, Timestamp};
use cache_facade::{Purge, Strategy, VersionManager};

use crate::fault::Fault;
use crate::inspect::{Answer, Out, Place, Store};
use crate::legacy::{self, Migrate};

pub(crate) use self::args::Version;
use self::args::{Deploy, How, Invalidate, Moment, PurgeArguments, Rollback};
use self::left::Source;

pub(crate) async fn run(command: &Version) -> Result<Answer, Fault> {
    match command {
        Version::Migrate(of) => match &of.from_legacy {
            Some(mapping) => legacy::run(of, mapping).await,
            None => manage(command, &of.place, &of.namespace).await,
        },
        Version::Status(on)
        | Version::History(on)
        | Version::Deploy(Deploy { on, .. })
        | Version::Rollback(Rollback { on, .. })
        | Version::Invalidate(Invalidate { on, .. })
        | Version::Purge(PurgeArguments { on, .. }) => {
            manage(command, &on.place, &on.namespace).await
        }
    }
}

/// Runs a command of the manager. Who stops reading its output has had enough: that is no failure, and hides none.
async fn manage(command: &Version, place: &Place, namespace: &str) -> Result<Answer, Fault> {
    let store = Store::open(place)?;
    let (backend, judge) = (store.backend.clone(), store.judge.clone());
    let versions = VersionManager::of_store(backend, namespace, judge, place.deadline);
    let versions = versions.map_err(|error| Fault::of("--namespace", error))?;
    let mut out = Out::new();
    let answer = act(command, &versions, &store, &mut out).await;
    let written = out.finish();
    let closed = store.close().await;
    let answer = answer?;
    let shown = out.shown(written, command.changes() && answer == Answer::Done);
    shown.and(closed).map(|()| answer)
}

async fn act(
    command: &Version,
    versions: &VersionManager,
    store: &Store,
    out: &mut Out,
) -> Result<Answer, Fault> {
    match command {
        Version::Status(on) => {
            let status = versions.status().await.map_err(failed)?;
            let shown = show::status(&status, on.place.json, out);
            out.unless_left(shown).map(|()| Answer::Done)
        }
        Version::History(on) => {
            let history = versions.history().await.map_err(failed)?;
            let shown = show::history(&history, on.place.json, out);
            out.unless_left(shown).map(|()| Answer::Done)
        }
        Version::Deploy(of) => deploy(of, versions, out).await,
        Version::Rollback(of) => rollback(of, versions, out).await,
        Version::Invalidate(of) => invalidate(of, versions, store, out).await,
        Version::Purge(of) => purge(of, versions, out).await,
        Version::Migrate(of) => copy(of, versions, out).await,
    }
}

async fn deploy(of: &Deploy, versions: &VersionManager, out: &mut Out) -> Result<Answer, Fault> {
    let strategy = match of.strategy {
        How::Safe => Strategy::safe(),
        How::Aggressive => Strategy::aggressive(),
        How::Gradual => Strategy::gradual(),
    };
    let mut strategy = strategy
        .samples(usize::from(of.samples))
        .rate(of.care.rate)
        .unseen_for(of.care.unseen_for);
    if let Some(path) = &of.state_file {
        strategy = strategy.state_file(path);
    }
    if of.care.dry_run {
        strategy = strategy.dry_run();
    }
    let report = versions.deploy(&of.release, strategy).await;
    let report = report.map_err(failed)?;
    let shown = show::deployment(&report, of.on.place.json, out);
    out.shown(shown, report.is_deployed)?;
    Ok(Answer::found(report.is_deployed || of.care.dry_run))
}

async fn rollback(
    of: &Rollback,
    versions: &VersionManager,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let report = match &of.from {
        Some(release) => versions.rollback_from(release, of.dry_run).await,
        None => versions.rollback(of.dry_run).await,
    };
    let report = report.map_err(failed)?;
    let shown = show::rollback(&report, of.on.place.json, out);
    out.shown(shown, !of.dry_run).map(|()| Answer::Done)
}

async fn invalidate(
    of: &Invalidate,
    versions: &VersionManager,
    store: &Store,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let moment = match of.older_than {
        Moment::At(millis) => Timestamp::from_millis(millis),
        Moment::Ago(time) => {
            let now = store.judge.clock().now().as_millis();
            let ago = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Timestamp::from_millis(now.saturating_sub(ago))
        }
    };
    let invalidated = versions
        .invalidate_older_than(moment, of.domain.as_deref())
        .await
        .map_err(failed)?;
    let shown = show::invalidated(&invalidated, of.on.place.json, out);
    out.shown(shown, true).map(|()| Answer::Done)
}

async fn copy(of: &Migrate, versions: &VersionManager, out: &mut Out) -> Result<Answer, Fault> {
    let (Some(from), Some(to)) = (&of.from, &of.to) else {
        return Err(Fault::usage("--from and --to: accepted are two releases"));
    };
    if from == to {
        return Err(Fault::usage("--from and --to: accepted are two releases"));
    }
    let status = versions.status().await.map_err(failed)?;
    let source = Source::find(&status, from, to)?;
    let rate = of.rate.map_or(0, std::num::NonZeroU32::get);
    let copied = versions.copy(from, to, rate).await.map_err(failed)?;
    let left = source.left(&copied);
    let shown = show::converted(&copied, of.place.json, out)
        .and_then(|()| show::left(&left, to, of.place.json, out));
    let is_complete = copied
        .iter()
        .all(|one| one.is_complete && one.unreadable == 0);
    let answer = Answer::found(is_complete && left.is_empty());
    out.shown(shown, answer == Answer::Done).map(|()| answer)
}

async fn purge(
    of: &PurgeArguments,
    versions: &VersionManager,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let mut purge = Purge::keep(usize::from(of.keep))
        .rate(of.care.rate)
        .unseen_for(of.care.unseen_for);
    if of.care.dry_run {
        purge = purge.dry_run();
    }
    let report = versions.purge(purge).await.map_err(failed)?;
    let shown = show::purged(&report, of.care.dry_run, of.on.place.json, out);
    out.shown(shown, !of.care.dry_run).map(|()| Answer::Done)
}

/// What could not be done. A conflict is nobody's outage: it is not done.
fn failed(error: cache_core::Error) -> Fault {
    match error.kind() {
        ErrorKind::Conflict => Fault::new("not done").because(error),
        ErrorKind::Timeout | ErrorKind::Unavailable => {
            Fault::of("the store does not answer", error)
        }
        _ => Fault::of("refused", error),
    }
}
