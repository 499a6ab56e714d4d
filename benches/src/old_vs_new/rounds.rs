//! The rounds: in each, both sides replay the same look-ups through an empty cache, one right after the other, in an order
//! drawn anew.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::day::Day;
use super::places::Place;
use super::service::{Service, Tally, replay};
use super::upstream::{Upstream, World};
use crate::Result;
use crate::clock::{Spent, measure_all_threads};
use crate::pairs::{Cost, Outcome};
use crate::random::Random;

/// So many rounds lie between two looks at the intervals.
const STRIDE: usize = 10;
const SEED: u64 = 0x01D;

/// What is replayed, and where.
pub(super) struct Replay<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) day: Arc<Day>,
    pub(super) world: &'a Arc<World>,
}

/// What both sides took, round by round, and what they found.
pub(super) struct Replayed {
    pub(super) outcome: Outcome,
    /// Every other round found the same.
    pub(super) last: Round,
}

/// One round.
pub(super) struct Round {
    pub(super) by_hand: Turn,
    pub(super) facade: Turn,
}

/// What one side took and found in a round.
pub(super) struct Turn {
    cost: Cost,
    pub(super) found: Tally,
    /// How many look-ups found that there is such an entity.
    exist: usize,
}

impl Replay<'_> {
    /// Replays for as many rounds as it takes to be sure, within these limits. A first one, for which nothing was at hand
    /// yet, is not counted.
    ///
    /// # Errors
    /// If a store cannot be opened or does not answer, or the sides differ in what they find.
    pub(super) fn all<P: Place>(&self, place: &P, rounds: &Range<usize>) -> Result<Replayed> {
        let mut random = Random::new(SEED);
        let mut last = self.round(place, &mut random)?;
        let mut outcome = Outcome::default();
        loop {
            let played = outcome.ours.len();
            let is_time = played >= rounds.start && (played - rounds.start).is_multiple_of(STRIDE);
            if played >= rounds.end || (is_time && outcome.is_sure()) {
                return Ok(Replayed { outcome, last });
            }
            let round = self.round(place, &mut random)?;
            // Within a round, both sides have been compared already.
            same(P::NAME, &last.by_hand, &round.by_hand)?;
            outcome.ours.push(round.facade.cost);
            outcome.raw.push(round.by_hand.cost);
            last = round;
        }
    }

    /// Plays one round.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub(super) fn round<P: Place>(&self, place: &P, random: &mut Random) -> Result<Round> {
        let by_hand = || self.turn(|upstream| self.runtime.block_on(place.by_hand(upstream)));
        let facade = || self.turn(|upstream| self.runtime.block_on(place.facade(upstream)));
        let (by_hand, facade) = if random.bits() & 1 == 0 {
            let by_hand = by_hand()?;
            (by_hand, facade()?)
        } else {
            let facade = facade()?;
            (by_hand()?, facade)
        };
        same(P::NAME, &by_hand, &facade)?;
        Ok(Round { by_hand, facade })
    }

    /// Lets one side replay: in a task of its own, on one of the threads that other tasks of a service run on.
    fn turn<S: Service>(&self, open: impl FnOnce(&Arc<Upstream>) -> Result<S>) -> Result<Turn> {
        let upstream = Upstream::new(self.world);
        let service = open(&upstream)?;
        let day = Arc::clone(&self.day);
        let task = async move {
            let exist = replay(&service, &day.look_ups).await;
            (service, exist)
        };
        let (ended, spent) =
            measure_all_threads(|| self.runtime.block_on(self.runtime.spawn(task)));
        let (service, exist) = ended?;
        let exist = exist?;
        let found = self.day.tally(&upstream);
        self.runtime.block_on(service.end(&found))?;
        Ok(Turn {
            cost: cost(spent, self.day.look_ups.len()),
            found,
            exist,
        })
    }
}

/// Refuses two turns that did not do the same work.
fn same(place: &str, one: &Turn, other: &Turn) -> Result {
    let found = |turn: &Turn| (turn.found.clone(), turn.exist);
    let (one, other) = (found(one), found(other));
    if one == other {
        return Ok(());
    }
    Err(format!("{place}: one turn found {one:?}, another {other:?}").into())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn cost(spent: Spent, look_ups: usize) -> Cost {
    let of_one = |time: Duration| time.as_nanos() as f64 / look_ups as f64;
    Cost {
        wall: of_one(spent.wall),
        cpu: of_one(spent.cpu),
    }
}
