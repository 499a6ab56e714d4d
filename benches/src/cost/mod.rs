//! `cost`: what a hit executes, counted and not timed, against budgets.
//!
//! The program runs itself under callgrind, twice for each probe, with so many look-ups and with twice as many; what the
//! second run executed more, divided by the look-ups that it made more, is what one look-up executes. Whatever comes once
//! falls out. moka works off its log of reads from time to time, which is part of what a look-up costs, and is in the count.

mod budgets;
mod callgrind;
mod counts;
mod locked;
mod probe;
mod profile;

use std::collections::BTreeMap;

use serde::Serialize;

use self::budgets::Budget;
use crate::Result;
use crate::report::{Report, Row, thousandth};

pub(crate) use self::budgets::NOW_AND_THEN;
pub(crate) use self::counts::{PerHit, of_a_hit};
pub(crate) use self::locked::Locked;
pub(crate) use self::probe::{KEYS, run as probe};

/// What one look-up executes.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: &'static str,
    keys: usize,
    threads: usize,
    /// Nothing is timed here.
    median_ns: Option<f64>,
    min_ns: Option<f64>,
    #[serde(flatten)]
    per_hit: PerHit,
    /// What is allowed; the peers have no budget.
    budget: Option<Budget>,
    within_budget: bool,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "a hit of",
        "instructions",
        "budget",
        "allocations",
        "budget",
        "atomic RMW",
        "budget",
        "",
    ];

    fn cells(&self) -> Vec<String> {
        let PerHit {
            instructions,
            allocations,
            rmw,
        } = self.per_hit;
        let allowed = |figure: fn(&Budget) -> f64| {
            self.budget
                .as_ref()
                .map_or_else(String::new, |budget| figure(budget).to_string())
        };
        vec![
            self.name.to_owned(),
            format!("{instructions:.1}"),
            allowed(|budget| budget.instructions),
            format!("{allocations:.3}"),
            allowed(|budget| budget.allocations),
            format!("{rmw:.2}"),
            allowed(|budget| budget.rmw),
            (if self.within_budget { "" } else { "OVER" }).to_owned(),
        ]
    }
}

/// Counts everything; the flag says whether all of it is within its budget.
///
/// # Errors
/// If callgrind or objdump cannot be run, or a budget names no probe.
pub(crate) fn run() -> Result<(Report<Line>, bool)> {
    let budgets = budgets::read()?;
    let mut report = Report::new("cost", 1);
    let mut locked = Locked::default();
    for name in probe::NAMES {
        eprintln!("{name}");
        let per_hit = of_a_hit(name, &mut locked)?;
        let budget = budgets.get(name).copied();
        report.contenders.push(Line {
            name,
            keys: KEYS,
            threads: 1,
            median_ns: None,
            min_ns: None,
            within_budget: budget.is_none_or(|budget| budget.holds(&per_hit)),
            per_hit,
            budget,
        });
    }
    add_ratios(&mut report)?;
    let within = report.contenders.iter().all(|line| line.within_budget);
    Ok((report, within))
}

/// The instructions of the full stack over those of moka; and a check that allocations are seen at all.
fn add_ratios(report: &mut Report<Line>) -> Result {
    let by_name: BTreeMap<&str, PerHit> = report
        .contenders
        .iter()
        .map(|line| (line.name, line.per_hit))
        .collect();
    let figures = |name: &str| by_name.get(name).copied().unwrap_or_default();
    if figures(probe::ALLOCATES).allocations < 1.0 {
        return Err("allocations are not seen: the probe that allocates showed none".into());
    }
    for moka in ["moka_future_expiry", "moka_sync_expiry"] {
        let ratio = figures("full_stack").instructions / figures(moka).instructions;
        report
            .ratios
            .insert(format!("instructions:full_stack/{moka}"), thousandth(ratio));
    }
    Ok(())
}
