//! `old-vs-new`: what a service pays for the facade on real work. A day of kills, every entity of every kill looked up, once
//! through what is written by hand on a library and once through the facade on the same store.
//!
//! Both sides have the same upstream, which answers from memory at once, the same times to live and an empty store at the
//! start of each round. They have to load equally often, kind by kind: else they did not do the same work, and the run
//! fails. Look-ups follow each other in one task, as they do in `cachectl replay`; what a side does at once for many tasks
//! (single flight, reads of one tick in one question) plays no part here.

mod by_hand;
mod day;
mod facade;
mod kinds;
mod lines;
mod places;
mod rounds;
mod service;
mod upstream;

use std::ops::Range;
use std::sync::Arc;

use tokio::runtime::Runtime;

use self::day::Day;
use self::lines::Line;
use self::places::{Moka, Place, Redis, Sled};
use self::rounds::Replay;
use self::upstream::{World, world_of};
use crate::on_redis::Server;
use crate::report::{Count, Report};
use crate::{Result, pairs};

/// After so many rounds nobody waits any longer for a narrow interval.
const MOST_ROUNDS: usize = 61;

/// Replays on every store; the flag says whether all of it is within its limits.
///
/// # Errors
/// If a store cannot be opened or does not answer, or the two sides differ in what they find.
pub(crate) fn run(rounds: usize, kills: Option<usize>) -> Result<(Report<Line>, bool)> {
    let server = Server::start()?;
    let runtime = pairs::runtime()?;
    let most = kills.unwrap_or(usize::MAX);
    let world = runtime.block_on(world_of(&Day::read(most)?))?;
    let stage = Stage {
        runtime: &runtime,
        world: Arc::new(world),
        rounds: rounds..MOST_ROUNDS.max(rounds),
        kills: most,
    };
    let mut report = Report::new("old-vs-new", 0);
    stage.replay(&mut report, &Moka)?;
    stage.replay(&mut report, &Redis(server))?;
    stage.replay(&mut report, &Sled)?;
    let holds =
        report.limits.values().all(|limit| limit.holds) && report.counts.values().all(Count::holds);
    Ok((report, holds))
}

/// Where the day is replayed.
struct Stage<'a> {
    runtime: &'a Runtime,
    world: Arc<World>,
    rounds: Range<usize>,
    /// The most kills of a round.
    kills: usize,
}

impl Stage<'_> {
    fn replay<P: Place>(&self, report: &mut Report<Line>, place: &P) -> Result {
        let day = Arc::new(Day::read(self.kills.min(P::KILLS))?);
        eprintln!(
            "{}: {} kills, {} look-ups",
            P::NAME,
            day.kills,
            day.look_ups.len()
        );
        let replay = Replay {
            runtime: self.runtime,
            day: Arc::clone(&day),
            world: &self.world,
        };
        let replayed = replay.all(place, &self.rounds)?;
        lines::add(report, P::NAME, &day, &replayed);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
