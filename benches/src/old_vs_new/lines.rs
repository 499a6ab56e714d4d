//! What stands in the report: a line for each side on each store, ratios, and what was found.

use serde::Serialize;

use super::day::Day;
use super::rounds::Replayed;
use crate::pairs::{Cost, WORKERS, add_ratio};
use crate::report::{Count, Limit, Report, Row, thousandth};
use crate::statistics::{least, mean, median};

/// A look-up must not take longer than this on average: one millisecond.
const MOST_MICROS: f64 = 1_000.0;

/// One side on one store. Times are of one look-up, those of misses included.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: &'static str,
    store: &'static str,
    kills: usize,
    look_ups: usize,
    threads: usize,
    rounds: usize,
    mean_us: f64,
    median_us: f64,
    min_us: f64,
    /// Processor time of this process, all threads together.
    cpu_median_us: f64,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "side",
        "store",
        "kills",
        "look-ups",
        "rounds",
        "mean us",
        "median us",
        "min us",
        "CPU us",
    ];

    fn cells(&self) -> Vec<String> {
        let times = [
            self.mean_us,
            self.median_us,
            self.min_us,
            self.cpu_median_us,
        ];
        let mut cells = vec![
            self.name.to_owned(),
            self.store.to_owned(),
            self.kills.to_string(),
            self.look_ups.to_string(),
            self.rounds.to_string(),
        ];
        cells.extend(times.map(|time| format!("{time:.3}")));
        cells
    }
}

/// Adds what both sides took on a store, and what they found there in each round: what was counted is the facade's, what is
/// expected is what was found by hand.
pub(super) fn add(report: &mut Report<Line>, store: &'static str, day: &Day, replayed: &Replayed) {
    let outcome = &replayed.outcome;
    report.rounds = report.rounds.max(outcome.ours.len());
    for (name, costs) in [("by_hand", &outcome.raw), ("facade", &outcome.ours)] {
        let line = line(name, store, day, costs);
        let mean = format!("{name}_{store}_mean_us");
        report
            .limits
            .insert(mean.clone(), Limit::new(line.mean_us, MOST_MICROS));
        report.figures.insert(mean, line.mean_us);
        report.contenders.push(line);
    }
    add_ratio(report, format!("old_vs_new_{store}"), outcome.time());
    add_ratio(report, format!("old_vs_new_cpu_{store}"), outcome.cpu());
    let (by_hand, facade) = (&replayed.last.by_hand.found, &replayed.last.facade.found);
    for (kind, counts) in facade {
        let expected = by_hand.get(kind).copied().unwrap_or_default();
        let hits = (counts.hits, expected.hits);
        let misses = (counts.misses, expected.misses);
        for (what, (counted, expected)) in [("hits", hits), ("misses", misses)] {
            let count = Count {
                counted,
                expected,
                times: outcome.ours.len() as u64,
            };
            let name = format!("{store}_{kind}_{what}");
            report.counts.insert(name, count);
        }
    }
}

fn line(name: &'static str, store: &'static str, day: &Day, costs: &[Cost]) -> Line {
    let micros = |of: fn(&Cost) -> f64| costs.iter().map(|cost| of(cost) / 1e3).collect();
    let wall: Vec<f64> = micros(|cost| cost.wall);
    let cpu: Vec<f64> = micros(|cost| cost.cpu);
    Line {
        name,
        store,
        kills: day.kills,
        look_ups: day.look_ups.len(),
        threads: WORKERS,
        rounds: costs.len(),
        mean_us: thousandth(mean(&wall)),
        median_us: thousandth(median(&wall)),
        min_us: thousandth(least(&wall)),
        cpu_median_us: thousandth(median(&cpu)),
    }
}
