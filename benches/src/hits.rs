//! `hits`: what a look-up of a present key costs, beside other caches.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contenders::{self, Field};
use crate::report::{Report, Row, tenth, thousandth};
use crate::shift::{self, Cost};
use crate::statistics::{interval, least, median};
use crate::workload::{TEXT_BYTES, Workload};
use crate::{Result, rounds};

const KEYS: [usize; 2] = [1_000, 100_000];
const THREADS: [usize; 2] = [1, 2];

/// One contender, on one number of keys and of threads. Times are processor time per look-up unless they say `wall`.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: String,
    keys: usize,
    threads: usize,
    median_ns: f64,
    min_ns: f64,
    wall_median_ns: f64,
    wall_min_ns: f64,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "contender",
        "keys",
        "threads",
        "median ns",
        "min ns",
        "wall median",
        "wall min",
    ];

    fn cells(&self) -> Vec<String> {
        let times = [
            self.median_ns,
            self.min_ns,
            self.wall_median_ns,
            self.wall_min_ns,
        ];
        let mut cells = vec![
            self.name.clone(),
            self.keys.to_string(),
            self.threads.to_string(),
        ];
        cells.extend(times.map(|time| format!("{time:.1}")));
        cells
    }
}

/// Each ratio's name, what is divided and by what. Both sides have text ids and a time to live per entry, where the cache
/// knows one: hence `moka_sync_foldhash` is measured on the contender with `Expiry`.
const RATIOS: [(&str, &str, &str); 5] = [
    (
        "full_stack/moka_future_expiry",
        "full_stack",
        "moka_future_expiry",
    ),
    (
        "full_stack/moka_sync_expiry",
        "full_stack",
        "moka_sync_expiry",
    ),
    (
        "full_stack/moka_sync_foldhash",
        "full_stack",
        "moka_sync_expiry_foldhash",
    ),
    ("full_stack/quick_cache", "full_stack", "quick_cache"),
    // The cheaper call of that peer, beside the one in `PEER_FACADES`.
    (
        "multi_tier_cache_get/full_stack",
        "multi_tier_cache_get",
        "full_stack",
    ),
];

/// The facades with a memory and a remote backend, by the call for typed values that their manuals show; the faster one is
/// what `best_peer_facade/full_stack` is about.
const PEER_FACADES: [&str; 2] = ["hitbox", "multi_tier_cache"];

/// Runs the comparison.
///
/// # Errors
/// If a contender cannot be built, or a look-up does not find the right value.
pub(crate) fn run(rounds: usize) -> Result<Report<Line>> {
    let mut report = Report::new("hits", rounds);
    for keys in KEYS {
        let workload = Workload::new(keys, TEXT_BYTES);
        let field = contenders::all(&workload, &shift::runtime()?)?;
        let draws = workload.draws();
        for threads in THREADS {
            eprintln!("{keys} keys, {threads} threads, {rounds} rounds");
            let costs = rounds::run(&field, &draws, threads, rounds)?;
            report
                .contenders
                .extend(lines(&field, &costs, keys, threads));
            if (keys, threads) == (1_000, 1) {
                add_ratios(&mut report, &field, &costs);
            }
        }
    }
    Ok(report)
}

fn lines(field: &Field, costs: &[Vec<Cost>], keys: usize, threads: usize) -> Vec<Line> {
    let line = |name, costs: &[Cost]| {
        let cpu: Vec<f64> = costs.iter().map(|cost| cost.cpu).collect();
        let wall: Vec<f64> = costs.iter().map(|cost| cost.wall).collect();
        Line {
            name,
            keys,
            threads,
            median_ns: tenth(median(&cpu)),
            min_ns: tenth(least(&cpu)),
            wall_median_ns: tenth(median(&wall)),
            wall_min_ns: tenth(least(&wall)),
        }
    };
    let pairs = field.iter().zip(costs);
    pairs
        .map(|(contender, costs)| line(contender.name().to_owned(), costs))
        .collect()
}

/// A ratio is of the two medians; its interval comes from the ratios of the single rounds.
fn add_ratios(report: &mut Report<Line>, field: &Field, costs: &[Vec<Cost>]) {
    let by_name: BTreeMap<&str, Vec<f64>> = field
        .iter()
        .zip(costs)
        .map(|(contender, costs)| {
            (
                contender.name(),
                costs.iter().map(|cost| cost.cpu).collect(),
            )
        })
        .collect();
    let mut add = |name: &str, above: &str, below: &str| {
        if let (Some(above), Some(below)) = (by_name.get(above), by_name.get(below)) {
            let by_round: Vec<f64> = above.iter().zip(below).map(|(a, b)| a / b).collect();
            let ratio = median(above) / median(below);
            report.ratios.insert(name.to_owned(), thousandth(ratio));
            report
                .intervals
                .insert(name.to_owned(), interval(&by_round).map(thousandth));
        }
    };
    for (name, above, below) in RATIOS {
        add(name, above, below);
    }
    let median_of = |name: &&str| {
        by_name
            .get(*name)
            .map_or(f64::INFINITY, |costs| median(costs))
    };
    let best = PEER_FACADES
        .into_iter()
        .min_by(|a, b| median_of(a).total_cmp(&median_of(b)));
    if let Some(best) = best {
        add("best_peer_facade/full_stack", best, "full_stack");
    }
}
