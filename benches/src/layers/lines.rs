//! What stands in the report: a line for each stack, and what it costs beyond the bare store.

use serde::Serialize;

use super::hit::AWAITED;
use super::stacks::{Most, Stack};
use crate::cost::{NOW_AND_THEN, PerHit};
use crate::pairs::Ratio;
use crate::report::{Limit, Report, Row, tenth, thousandth};
use crate::statistics::{least, median};

/// One stack over one store.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: String,
    keys: usize,
    threads: usize,
    rounds: usize,
    /// Of a hit: processor time of the thread within this process, time that passed on Redis.
    median_ns: f64,
    min_ns: f64,
    /// What is counted within this process.
    #[serde(flatten)]
    per_hit: Option<PerHit>,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "a hit of",
        "rounds",
        "median ns",
        "min ns",
        "instructions",
        "allocations",
        "atomic RMW",
    ];

    fn cells(&self) -> Vec<String> {
        let counted = |figure: fn(&PerHit) -> f64, digits| {
            let figure = self.per_hit.as_ref().map(figure);
            figure.map_or_else(String::new, |figure| format!("{figure:.digits$}"))
        };
        vec![
            self.name.clone(),
            self.rounds.to_string(),
            format!("{:.1}", self.median_ns),
            format!("{:.1}", self.min_ns),
            counted(|hit| hit.instructions, 1),
            counted(|hit| hit.allocations, 3),
            counted(|hit| hit.rmw, 2),
        ]
    }
}

impl Line {
    /// Makes the line of a stack from the nanoseconds of a hit, round by round.
    pub(super) fn new(name: String, keys: usize, nanos: &[f64], per_hit: Option<PerHit>) -> Self {
        Self {
            name,
            keys,
            threads: 1,
            rounds: nanos.len(),
            median_ns: tenth(median(nanos)),
            min_ns: tenth(least(nanos)),
            per_hit,
        }
    }
}

/// Adds what a hit executes beyond one of the bare store.
pub(super) fn add_extras(
    report: &mut Report<Line>,
    place: &str,
    stack: &Stack,
    hit: PerHit,
    bare: PerHit,
) {
    let instructions = thousandth(hit.instructions - bare.instructions);
    let allocations = thousandth(hit.allocations - bare.allocations);
    // A call that is awaited is timed each, which a hit in process memory is not: that has no limit.
    let most = stack.most.filter(|_| place != AWAITED);
    let limits = most.map(|most| (most.instructions, most.allocations + NOW_AND_THEN));
    let extras = [
        ("instructions", instructions, limits.map(|limits| limits.0)),
        ("allocations", allocations, limits.map(|limits| limits.1)),
    ];
    for (what, extra, most) in extras {
        let name = format!("{place}_{}_extra_{what}", stack.name);
        report.figures.insert(name.clone(), extra);
        if let Some(most) = most {
            report.limits.insert(name, Limit::new(extra, most));
        }
    }
}

/// Sets the lower end of a ratio's interval beside what a stack may cost there.
pub(super) fn limit_ratio(report: &mut Report<Line>, name: &str, ratio: Ratio, most: Option<f64>) {
    if let Some(most) = most {
        let limit = Limit::new(thousandth(ratio.interval[0]), most);
        report.limits.insert(name.to_owned(), limit);
    }
}

/// The most that the time of a hit may be, as a ratio; the no-op store has no time to compare with.
pub(super) fn most_on(place: &str, stack: &Stack) -> Option<f64> {
    let Most {
        on_moka, on_redis, ..
    } = stack.most?;
    match place {
        "moka" => Some(on_moka),
        "redis" => Some(on_redis),
        _ => None,
    }
}

/// What the ratio of a stack to the bare store is called.
pub(super) fn ratio_name(place: &str, stack: &Stack, bare: &Stack) -> String {
    format!("{place}_{}/{place}_{}", stack.name, bare.name)
}
