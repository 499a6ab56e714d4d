//! What a duel adds to a report: a line for each side, and ratios.

use serde::Serialize;

use super::WORKERS;
use super::duel::{Cost, Outcome, Ratio};
use super::record::KEYS;
use super::side::Scene;
use crate::report::{Report, Row, tenth, thousandth};
use crate::statistics::{least, median};

/// One side in one scene.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: &'static str,
    operation: &'static str,
    record: &'static str,
    keys: usize,
    threads: usize,
    tasks: usize,
    rounds: usize,
    /// The time of a round over its operations, those of all tasks.
    median_ns: f64,
    min_ns: f64,
    /// The processor time of this process in a round over its operations.
    cpu_median_ns: f64,
    cpu_min_ns: f64,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "side",
        "operation",
        "record",
        "tasks",
        "rounds",
        "per second",
        "CPU us",
        "CPU us min",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.to_owned(),
            self.operation.to_owned(),
            self.record.to_owned(),
            self.tasks.to_string(),
            self.rounds.to_string(),
            format!("{:.0}", 1e9 / self.median_ns),
            format!("{:.2}", self.cpu_median_ns / 1e3),
            format!("{:.2}", self.cpu_min_ns / 1e3),
        ]
    }
}

/// Adds what both sides took.
pub(crate) fn add_lines(
    report: &mut Report<Line>,
    record: &'static str,
    scene: Scene,
    outcome: &Outcome,
) {
    let line = |name, costs: &[Cost]| {
        let wall: Vec<f64> = costs.iter().map(|cost| cost.wall).collect();
        let cpu: Vec<f64> = costs.iter().map(|cost| cost.cpu).collect();
        Line {
            name,
            operation: scene.operation.name(),
            record,
            keys: KEYS,
            threads: WORKERS,
            tasks: scene.tasks,
            rounds: costs.len(),
            median_ns: tenth(median(&wall)),
            min_ns: tenth(least(&wall)),
            cpu_median_ns: tenth(median(&cpu)),
            cpu_min_ns: tenth(least(&cpu)),
        }
    };
    report.rounds = report.rounds.max(outcome.ours.len());
    report.contenders.push(line("full_stack", &outcome.ours));
    report.contenders.push(line("raw", &outcome.raw));
}

/// Adds a ratio under its name.
pub(crate) fn add_ratio<L>(report: &mut Report<L>, name: String, ratio: Ratio) {
    report
        .intervals
        .insert(name.clone(), ratio.interval.map(thousandth));
    report.ratios.insert(name, thousandth(ratio.median));
}
