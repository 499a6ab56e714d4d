//! What is told at the end: of each row, and of all together.

use std::time::Duration;

use serde::Serialize;

use super::route::Route;
use super::tally::Counts;
use crate::fault::Fault;
use crate::inspect::Out;

/// What became of the keys.
pub(super) struct Report<'a> {
    pub(super) is_dry: bool,
    pub(super) release: String,
    pub(super) took: Duration,
    pub(super) rows: Vec<(&'a Route, &'a Counts)>,
}

#[derive(Serialize)]
struct Object<'a> {
    dry_run: bool,
    release: &'a str,
    seconds: f64,
    rows: Vec<Row<'a>>,
    total: Counts,
}

#[derive(Serialize)]
struct Row<'a> {
    keys: String,
    domain: &'a str,
    schema: String,
    #[serde(flatten)]
    counts: &'a Counts,
}

impl Report<'_> {
    /// Writes it, as one JSON object or as a line for each row.
    pub(super) fn write(&self, as_json: bool, out: &mut Out) -> Result<(), Fault> {
        if as_json {
            return out.json(&self.object());
        }
        for (route, counts) in &self.rows {
            let (keys, domain) = (&route.keys, route.space.domain());
            out.line(format_args!("{keys} -> {domain}: {}", told(counts)))?;
        }
        out.line(format_args!(
            "total: {}, in {:.1} s{}",
            told(&self.total()),
            self.took.as_secs_f64(),
            if self.is_dry {
                "; a dry run: nothing was written"
            } else {
                ""
            }
        ))
    }

    fn object(&self) -> Object<'_> {
        let rows = self.rows.iter().map(|(route, counts)| Row {
            keys: route.keys.to_string(),
            domain: route.space.domain(),
            schema: format!("{:016x}", route.space.schema()),
            counts,
        });
        Object {
            dry_run: self.is_dry,
            release: &self.release,
            seconds: (self.took.as_secs_f64() * 1_000.0).round() / 1_000.0,
            rows: rows.collect(),
            total: self.total(),
        }
    }

    fn total(&self) -> Counts {
        Counts::sum(self.rows.iter().map(|(_, counts)| *counts))
    }
}

/// Tells the counts that are not zero; those that everybody looks for, always.
fn told(counts: &Counts) -> String {
    let named = counts.named().into_iter();
    let told = named.filter(|(name, count)| *count > 0 || matches!(*name, "found" | "moved"));
    let told: Vec<String> = told
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_told() {
        let mut counts = Counts::default();
        assert_eq!(told(&counts), "found 0, moved 0");
        (counts.found, counts.present, counts.not_json) = (3, 2, 1);
        assert_eq!(told(&counts), "found 3, moved 0, present 2, not_json 1");
    }
}
