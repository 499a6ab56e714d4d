//! A duel: two sides do the same work in every round, one right after the other, in an order drawn anew.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::bootstrap;
use super::record::{Record, Stock};
use super::side::{Scene, Side};
use crate::Result;
use crate::clock::{Spent, measure_all_threads};
use crate::random::Random;
use crate::statistics::median;

/// How long a side works in a round: short, so that what else the machine does meets both.
const SHIFT: Duration = Duration::from_millis(80);
/// Each side first does this part of its work unmeasured: the other one had the processor's caches before.
const WARM_UP: usize = 8;
/// The widest interval that is good enough; else there are more rounds.
const WIDEST: f64 = 0.10;
/// So many rounds lie between two looks at the interval.
const STRIDE: usize = 10;
const SEED: u64 = 0xD0E1;

/// What one operation took in a round, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Time that passed, all tasks' operations one after the other.
    pub(crate) wall: f64,
    /// Processor time of this process, all threads together.
    pub(crate) cpu: f64,
}

/// What both sides took, round by round.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) ours: Vec<Cost>,
    pub(crate) raw: Vec<Cost>,
}

/// A ratio: the median of those of the rounds, and between which values it lies with a certainty of 95 %.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) interval: [f64; 2],
}

impl Outcome {
    /// Operations in a time, ours over raw.
    pub(crate) fn throughput(&self) -> Ratio {
        self.ratio(|ours, raw| raw.wall / ours.wall)
    }

    /// Time of an operation, ours over raw.
    pub(crate) fn time(&self) -> Ratio {
        self.ratio(|ours, raw| ours.wall / raw.wall)
    }

    /// Processor time of an operation, ours over raw.
    pub(crate) fn cpu(&self) -> Ratio {
        self.ratio(|ours, raw| ours.cpu / raw.cpu)
    }

    fn ratio(&self, of: impl Fn(&Cost, &Cost) -> f64) -> Ratio {
        let pairs = self.ours.iter().zip(&self.raw);
        let by_round: Vec<f64> = pairs.map(|(ours, raw)| of(ours, raw)).collect();
        Ratio::of_rounds(&by_round)
    }

    /// Whether the intervals are as narrow as they need to be.
    pub(crate) fn is_sure(&self) -> bool {
        [self.throughput(), self.time(), self.cpu()]
            .iter()
            .all(|ratio| ratio.interval[1] - ratio.interval[0] <= WIDEST)
    }
}

impl Ratio {
    /// Makes the ratio of what two took in the same rounds.
    pub(crate) fn of(above: &[f64], below: &[f64]) -> Self {
        let pairs = above.iter().zip(below);
        let by_round: Vec<f64> = pairs.map(|(above, below)| above / below).collect();
        Self::of_rounds(&by_round)
    }

    fn of_rounds(by_round: &[f64]) -> Self {
        Self {
            median: median(by_round),
            interval: bootstrap::interval(by_round, &mut Random::new(SEED)),
        }
    }
}

/// The two sides, and what they work on.
pub(crate) struct Duel<'a, R, O, W> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) stock: &'a Arc<Stock<R>>,
    pub(crate) ours: &'a O,
    pub(crate) raw: &'a W,
}

impl<R: Record, O: Side<R>, W: Side<R>> Duel<'_, R, O, W> {
    /// Stores every record on both sides.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub(crate) fn fill(&self) -> Result {
        self.runtime.block_on(async {
            for (id, record) in self.stock.all() {
                self.ours.put(id, record).await?;
                self.raw.put(id, record).await?;
            }
            Ok(())
        })
    }

    /// Plays a scene for as many rounds as it takes to be sure, within these limits.
    ///
    /// # Errors
    /// If an operation fails, or does not find the right value.
    pub(crate) fn play(&self, scene: Scene, rounds: &Range<usize>) -> Result<Outcome> {
        let mut random = Random::new(SEED + scene.tasks as u64);
        let times = self.times(scene)?;
        let mut outcome = Outcome::default();
        let enough = |outcome: &Outcome| {
            let played = outcome.ours.len();
            let is_time = played >= rounds.start && (played - rounds.start).is_multiple_of(STRIDE);
            played >= rounds.end || (is_time && outcome.is_sure())
        };
        while !enough(&outcome) {
            let from = random.below(super::record::KEYS);
            if random.bits() & 1 == 0 {
                outcome
                    .ours
                    .push(self.shift(self.ours, scene, from, times)?);
                outcome.raw.push(self.shift(self.raw, scene, from, times)?);
            } else {
                outcome.raw.push(self.shift(self.raw, scene, from, times)?);
                outcome
                    .ours
                    .push(self.shift(self.ours, scene, from, times)?);
            }
        }
        Ok(outcome)
    }

    /// Finds out how often a task has to ask so that a shift takes its time.
    fn times(&self, scene: Scene) -> Result<usize> {
        let mut times = 20;
        for _ in 0..3 {
            let cost = self.shift(self.raw, scene, 0, times)?;
            times = whole(nanos(SHIFT) / (cost.wall * count(scene.tasks))).max(10);
        }
        Ok(times)
    }

    fn shift<S: Side<R>>(&self, side: &S, scene: Scene, from: usize, times: usize) -> Result<Cost> {
        self.crowd(side, scene, from, times.div_ceil(WARM_UP))?;
        let (outcome, spent) = measure_all_threads(|| self.crowd(side, scene, from, times));
        outcome?;
        let Spent { cpu, wall } = spent;
        let operations = count(scene.tasks * times);
        Ok(Cost {
            wall: nanos(wall) / operations,
            cpu: nanos(cpu) / operations,
        })
    }

    /// Lets all tasks of a scene work, each from another place of the stock on.
    fn crowd<S: Side<R>>(&self, side: &S, scene: Scene, from: usize, times: usize) -> Result {
        let right = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for task in 0..scene.tasks {
                let (side, stock) = (side.clone(), Arc::clone(self.stock));
                let from = from + task * times;
                tasks.spawn(async move { scene.operation.ask(&side, &stock, from, times).await });
            }
            let mut right = 0;
            while let Some(task) = tasks.join_next().await {
                right += task??;
            }
            Ok::<usize, Box<dyn std::error::Error + Send + Sync>>(right)
        })?;
        let asked = scene.tasks * times;
        if right == asked {
            return Ok(());
        }
        Err(format!("{scene:?}: {asked} questions had the right answer {right} times").into())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2^53 nanoseconds are a hundred days"
)]
fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and far below 2^53; the cast saturates"
)]
fn whole(number: f64) -> usize {
    number as usize
}
