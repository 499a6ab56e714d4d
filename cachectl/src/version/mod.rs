//! `cachectl version`: the releases that share a store, for people and for pipelines.

mod args;
mod show;

use cache_core::{ErrorKind, Timestamp};
use cache_facade::{Purge, Strategy, VersionManager};

use crate::fault::Fault;
use crate::inspect::{Answer, Out, Store};

pub(crate) use self::args::Version;
use self::args::{Deploy, How, Invalidate, Moment, PurgeArguments, Rollback};

/// Runs a command. Who stops reading its output has had enough: that is no failure.
pub(crate) async fn run(command: &Version) -> Result<Answer, Fault> {
    let on = command.on();
    let store = Store::open(&on.place)?;
    let versions = VersionManager::of_store(
        store.backend.clone(),
        &on.namespace,
        store.judge.clone(),
        on.place.deadline,
    );
    let versions = versions.map_err(|error| Fault::of("--namespace", error))?;
    let mut out = Out::new();
    let answer = act(command, &versions, &store, &mut out).await;
    let written = out.finish();
    let closed = store.close().await;
    if out.is_broken() {
        return Ok(Answer::Done);
    }
    let answer = answer?;
    written.and(closed).map(|()| answer)
}

async fn act(
    command: &Version,
    versions: &VersionManager,
    store: &Store,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let is_json = command.on().place.json;
    match command {
        Version::Status(_) => {
            let status = versions.status().await.map_err(failed)?;
            show::status(&status, is_json, out)?;
            Ok(Answer::Done)
        }
        Version::History(_) => {
            let history = versions.history().await.map_err(failed)?;
            show::history(&history, is_json, out)?;
            Ok(Answer::Done)
        }
        Version::Deploy(of) => deploy(of, versions, out).await,
        Version::Rollback(of) => rollback(of, versions, out).await,
        Version::Invalidate(of) => invalidate(of, versions, store, out).await,
        Version::Purge(of) => purge(of, versions, out).await,
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
    show::deployment(&report, of.on.place.json, out)?;
    Ok(Answer::found(report.is_deployed || of.care.dry_run))
}

async fn rollback(
    of: &Rollback,
    versions: &VersionManager,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let report = versions.rollback(of.dry_run).await.map_err(failed)?;
    show::rollback(&report, of.on.place.json, out)?;
    Ok(Answer::Done)
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
    show::invalidated(&invalidated, of.on.place.json, out)?;
    Ok(Answer::Done)
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
    show::purged(&report, of.care.dry_run, of.on.place.json, out)?;
    Ok(Answer::Done)
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
