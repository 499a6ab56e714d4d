//! What a command prints: one object, as JSON or as a table.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use serde::Serialize;

use crate::{Result, table};

/// The outcome of a command.
#[derive(Debug, Serialize)]
pub(crate) struct Report<Line> {
    pub(crate) bench: &'static str,
    pub(crate) rounds: usize,
    pub(crate) contenders: Vec<Line>,
    pub(crate) ratios: BTreeMap<String, f64>,
    /// For each ratio, between which values it lies with a certainty of 95 %.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) intervals: BTreeMap<String, [f64; 2]>,
    /// What was counted and has to be a certain number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) counts: BTreeMap<String, Count>,
    /// Figures that are neither: differences and means.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) figures: BTreeMap<String, f64>,
    /// For each ratio and figure that may not be any size, how large it may be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) limits: BTreeMap<String, Limit>,
}

/// How large something may be.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Limit {
    /// What is compared: a figure, or the lower end of a ratio's interval, which is what is certain of it.
    pub(crate) measured: f64,
    pub(crate) most: f64,
    pub(crate) holds: bool,
}

impl Limit {
    pub(crate) fn new(measured: f64, most: f64) -> Self {
        Self {
            measured,
            most,
            holds: measured <= most,
        }
    }
}

/// Something counted over several times.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) counted: u64,
    pub(crate) expected: u64,
    pub(crate) times: u64,
}

impl Count {
    pub(crate) const fn holds(&self) -> bool {
        self.counted == self.expected
    }
}

impl<Line> Report<Line> {
    /// Makes a report in which nothing stands yet.
    pub(crate) const fn new(bench: &'static str, rounds: usize) -> Self {
        Self {
            bench,
            rounds,
            contenders: Vec::new(),
            ratios: BTreeMap::new(),
            intervals: BTreeMap::new(),
            counts: BTreeMap::new(),
            figures: BTreeMap::new(),
            limits: BTreeMap::new(),
        }
    }
}

/// A line that a table can show.
pub(crate) trait Row {
    /// The heads of the columns.
    const HEADS: &'static [&'static str];

    /// What stands in each column.
    fn cells(&self) -> Vec<String>;
}

/// Prints a report.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn print<Line: Row + Serialize>(report: &Report<Line>, json: bool) -> Result {
    let text = if json {
        format!("{}\n", serde_json::to_string(report)?)
    } else {
        tables(report)
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn tables<Line: Row>(report: &Report<Line>) -> String {
    let rows = report.contenders.iter().map(Row::cells).collect();
    let mut text = table::markdown(Line::HEADS, rows);
    if !report.ratios.is_empty() {
        let ratios = report.ratios.iter();
        let rows = ratios.map(|(name, ratio)| ratio_cells(report, name, *ratio));
        text.push('\n');
        text.push_str(&table::markdown(
            &["ratio", "value", "95 %"],
            rows.collect(),
        ));
    }
    if !report.counts.is_empty() {
        let rows = report.counts.iter().map(count_cells).collect();
        let heads = &["count", "counted", "expected", "in", ""];
        text.push('\n');
        text.push_str(&table::markdown(heads, rows));
    }
    if !report.figures.is_empty() {
        let rows = report.figures.iter();
        let rows = rows.map(|(name, figure)| vec![name.clone(), format!("{figure:.3}")]);
        text.push('\n');
        text.push_str(&table::markdown(&["figure", "value"], rows.collect()));
    }
    if !report.limits.is_empty() {
        let rows = report.limits.iter().map(limit_cells).collect();
        let heads = &["limit", "measured", "at most", ""];
        text.push('\n');
        text.push_str(&table::markdown(heads, rows));
    }
    text
}

fn limit_cells((name, limit): (&String, &Limit)) -> Vec<String> {
    vec![
        name.clone(),
        format!("{:.3}", limit.measured),
        limit.most.to_string(),
        (if limit.holds { "" } else { "OVER" }).to_owned(),
    ]
}

fn count_cells((name, count): (&String, &Count)) -> Vec<String> {
    vec![
        name.clone(),
        count.counted.to_string(),
        count.expected.to_string(),
        format!("{} times", count.times),
        (if count.holds() { "" } else { "WRONG" }).to_owned(),
    ]
}

fn ratio_cells<Line>(report: &Report<Line>, name: &str, ratio: f64) -> Vec<String> {
    let interval = report.intervals.get(name);
    vec![
        name.to_owned(),
        format!("{ratio:.2}"),
        interval.map_or_else(String::new, |[low, high]| format!("{low:.2} to {high:.2}")),
    ]
}

/// Rounds to a tenth: more would be noise.
pub(crate) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Rounds to a thousandth.
pub(crate) fn thousandth(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
