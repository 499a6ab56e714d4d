//! Sweeping: what is dead goes, by the order of the index, in small batches.

use std::sync::atomic::Ordering::SeqCst;

use cache_core::{Judge, Life, Operation, Result};

use crate::counters;
use crate::engine::Engine;
use crate::error::Outcome;
use crate::ledger::Cause;
use crate::limit::Moves;
use crate::place;
use crate::record::meta_of;
use crate::store::Store;

/// How many rows a slice visits: a few milliseconds.
const SLICE: usize = 256;

/// One sweep, in slices, so that whoever sweeps can stop or rest in between.
#[derive(Debug)]
pub(crate) struct Sweep(Stage);

#[derive(Debug)]
enum Stage {
    /// A nudge for a read that waits for a write that failed.
    Start,
    /// Dead entries, the soonest first.
    Dead,
    /// Entries beyond the clock's tolerance, which the index does not show: from this place on.
    Ahead(Vec<u8>),
    /// Counters whose windows have ended.
    Counters,
    Done,
}

impl Sweep {
    pub(crate) const fn new() -> Self {
        Self(Stage::Start)
    }

    /// Does the next slice, and says whether there is more to do.
    pub(crate) fn slice(&mut self, store: &Store) -> Result<bool> {
        let stage = std::mem::replace(&mut self.0, Stage::Done);
        self.0 = store.with(Operation::Clear, |engine| stage.slice(store, engine))?;
        Ok(!matches!(self.0, Stage::Done))
    }
}

impl Stage {
    fn slice(&self, store: &Store, engine: &Engine) -> Outcome<Self> {
        Ok(match self {
            Self::Start => {
                // On a full disk it could be the very write that sled does not go on after.
                if store.check_room(0).is_ok() {
                    engine.nudge();
                }
                Self::Dead
            }
            Self::Dead if store.sweep_dead(engine)? => Self::Dead,
            Self::Dead if store.ahead_seen.swap(false, SeqCst) => Self::Ahead(Vec::new()),
            Self::Dead => Self::Counters,
            Self::Ahead(from) => store
                .sweep_ahead(engine, from)?
                .map_or(Self::Counters, Self::Ahead),
            Self::Counters => {
                counters::sweep(store, engine)?;
                Self::Done
            }
            Self::Done => Self::Done,
        })
    }
}

impl Store {
    /// Takes away dead entries, and says whether there may be more. Rows that were met too early are behind this moment then.
    fn sweep_dead(&self, engine: &Engine) -> Outcome<bool> {
        // The coarse clock, which reads go by, is a little late: what it takes for alive is not swept from under it.
        let now = self.judge.clock().coarse();
        let end = place::row(now.as_millis().saturating_add(1), &[]);
        let due: Vec<_> = engine
            .deaths
            .range(..end)
            .keys()
            .take(SLICE)
            .collect::<Result<_, _>>()?;
        let mut moves = Moves::default();
        for row in &due {
            moves.add(self.strike(engine, row, now.as_millis(), Cause::Expired)?);
            if moves.are_enough() {
                return Ok(true);
            }
        }
        Ok(due.len() == SLICE)
    }

    /// Takes away entries beyond the clock's tolerance, from a place on, and returns where to go on.
    fn sweep_ahead(&self, engine: &Engine, from: &[u8]) -> Outcome<Option<Vec<u8>>> {
        let mut last = None;
        for (visited, row) in engine.entries.range(from..).enumerate() {
            let (place, value) = row?;
            if is_ahead(&self.judge, &value) {
                let _turn = self.stripes.lock(&place);
                if let Some(value) = engine.entries.get(&place)?
                    && is_ahead(&self.judge, &value)
                {
                    self.take(engine, &place, &value, Cause::Expired)?;
                }
            }
            if visited + 1 == SLICE {
                last = Some(place);
                break;
            }
        }
        // The first place behind the last one that was visited.
        Ok(last.map(|place| [&place, &[0][..]].concat()))
    }
}

fn is_ahead(judge: &Judge, value: &[u8]) -> bool {
    let now = judge.clock().now();
    meta_of(value).is_some_and(|meta| judge.life(&meta, now) == Life::Ahead)
}
