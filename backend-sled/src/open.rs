//! Opening the store, and counting what it holds. What is damaged is moved aside, loudly, and the cache starts cold.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{Judge, Life, Operation, Result, Timestamp};

use crate::config::SledConfig;
use crate::dir::Dir;
use crate::engine::{Engine, aside, contained};
use crate::error::{self, Fault, Outcome, Remains};
use crate::record::{meta_of, row_of};
use crate::{counters, ledger, place};

/// What becomes of files that sled cannot go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDamage {
    /// They are moved aside, and the cache starts cold.
    StartCold,
    /// They are somebody else's: they are neither moved nor removed.
    Leave,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) counters: u64,
    /// When the first window of a counter ends.
    pub(crate) first_end: u64,
    /// Whether an entry is beyond the clock's tolerance.
    pub(crate) has_ahead: bool,
}

/// Opens the live files, or, where they are damaged, fresh ones in their place. An opening that does not end is counted with
/// the `endless`: its engine lives on.
pub(crate) fn open(
    dir: &Dir,
    config: &SledConfig,
    judge: &Judge,
    endless: &AtomicU32,
    on_damage: OnDamage,
) -> Result<(Engine, Census)> {
    dir.await_engine()?;
    let attempt = || {
        let opened = attempt(dir, config, judge, on_damage);
        if matches!(opened, Err(Fault::Endless)) {
            endless.fetch_add(1, SeqCst);
        }
        opened
    };
    let fault = match attempt() {
        Ok(opened) => return Ok(opened),
        Err(fault) => fault,
    };
    if on_damage == OnDamage::Leave || fault.remains() != Some(Remains::Damaged) {
        return Err(fault.told(Operation::Build, on_damage));
    }
    quarantine(dir, judge)?;
    attempt().map_err(|fault| fault.told(Operation::Build, on_damage))
}

/// Moves the live files aside.
pub(crate) fn quarantine(dir: &Dir, judge: &Judge) -> Result<()> {
    let aside = dir.set_aside(judge.clock().now())?;
    tracing::error!(
        aside = %aside.display(),
        "the cache on disk was damaged and is moved aside; the cache starts cold"
    );
    Ok(())
}

/// Opens the live files on a thread of its own: over some damaged files sled comes to no end, neither with opening them nor
/// with giving up.
fn attempt(
    dir: &Dir,
    config: &SledConfig,
    judge: &Judge,
    on_damage: OnDamage,
) -> Outcome<(Engine, Census)> {
    let (live, config, judge) = (dir.live(), config.clone(), judge.clone());
    let patience = patience(&live);
    let work = move || {
        contained(|| {
            let engine = Engine::open(&live, &config, on_damage)?;
            let census = census(&engine, &judge)?;
            Ok((engine, census))
        })
    };
    match aside("backend-sled-open", work) {
        Some(opened) => opened.recv_timeout(patience).unwrap_or(Err(Fault::Endless)),
        None => Err(error::no_thread().into()),
    }
}

/// How long an opening may take: far longer than any disk needs for so many bytes.
fn patience(live: &Path) -> Duration {
    let bytes = fs::metadata(live.join("db")).map_or(0, |data| data.len());
    Duration::from_secs(15 + bytes / (4 << 20))
}

/// Goes through everything once. That counts it exactly, loads the page cache, mends the index after a crash, and finds
/// damage now and not in the middle of the day.
fn census(engine: &Engine, judge: &Judge) -> Outcome<Census> {
    let now = judge.clock().now();
    let mut census = Census {
        first_end: Timestamp::NEVER.as_millis(),
        ..Census::default()
    };
    for row in &engine.entries {
        let (place, value) = row?;
        census.entries += 1;
        census.bytes += ledger::weight_of(&place, &value);
        census.has_ahead |=
            meta_of(&value).is_some_and(|meta| judge.life(&meta, now) == Life::Ahead);
        let row = place::row(row_of(&value), &place);
        if !engine.deaths.contains_key(&row)? {
            engine.deaths.insert(row, &[])?;
        }
    }
    // Rows whose entry was overwritten or removed when the process was killed.
    for row in engine.deaths.iter().keys() {
        let row = row?;
        let stands = match place::parse_row(&row) {
            Some((time, place)) => engine
                .entries
                .get(place)?
                .is_some_and(|value| row_of(&value) == time),
            None => false,
        };
        if !stands {
            engine.deaths.remove(row)?;
        }
    }
    for row in &engine.counters {
        let (_, value) = row?;
        census.counters += 1;
        census.first_end = census.first_end.min(counters::ends(&value));
    }
    Ok(census)
}
