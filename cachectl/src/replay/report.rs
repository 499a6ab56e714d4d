//! What a replay reports, and whether the job was done.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::tally::{KINDS, Tally, ratio};
use crate::fault::Fault;

/// One file, after it was read.
#[derive(Debug)]
pub(crate) struct FileReport {
    pub(crate) path: String,
    pub(crate) rss_mib: Option<f64>,
}

/// The whole replay.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) backend: &'static str,
    pub(crate) total: Tally,
    pub(crate) days: Option<BTreeMap<u64, Tally>>,
    pub(crate) took: Duration,
    pub(crate) upstream_calls: u64,
    pub(crate) upstream_errors: u64,
    pub(crate) evictions: Option<u64>,
    pub(crate) damaged_lines: u64,
    pub(crate) files: Vec<FileReport>,
    /// Whether every look-up found what was predicted, and the upstream counted as many requests as there were loads;
    /// `None` if the store was not empty at the start.
    pub(crate) matches: Option<bool>,
    pub(crate) mismatches: u64,
}

impl Report {
    /// Returns the report as one JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = counts(&self.total);
        let seconds = self.took.as_secs_f64();
        let head = json!({
            "backend": self.backend,
            "kills": self.total.kills,
            "lookups": self.total.lookups(),
            "seconds": rounded(seconds),
            "lookups_per_second": self.lookups_per_second(),
            "upstream_calls": self.upstream_calls,
            "upstream_errors": self.upstream_errors,
            "evictions": self.evictions,
            "damaged_lines": self.damaged_lines,
        });
        let tail = json!({
            "independent_count_matches": self.matches,
            "files": self.files.iter().map(|file| json!({ "path": file.path, "rss_mib": file.rss_mib })).collect::<Vec<_>>(),
        });
        let mut all = head;
        append(&mut all, &mut object);
        append(&mut all, &mut tail.clone());
        if let Some(days) = &self.days {
            let days: Vec<_> = days
                .iter()
                .map(|(day, tally)| day_json(*day, tally))
                .collect();
            append(&mut all, &mut json!({ "days": days }));
        }
        all
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(crate) fn lookups_per_second(&self) -> Option<f64> {
        let seconds = self.took.as_secs_f64();
        (seconds > 0.0).then(|| (self.total.lookups() as f64 / seconds).round())
    }

    /// Says whether the job was done.
    pub(crate) fn verdict(&self) -> Result<(), Fault> {
        if self.total.kills == 0 {
            return Err(Fault::new(format!(
                "no kill could be read; {} lines are damaged",
                self.damaged_lines
            )));
        }
        if self.matches == Some(false) {
            return Err(Fault::new(format!(
                "the independent count does not match: {} look-ups found something else than predicted",
                self.mismatches
            )));
        }
        if self.upstream_errors > 0 {
            return Err(Fault::new(format!(
                "{} look-ups ended without an answer of the upstream",
                self.upstream_errors
            )));
        }
        Ok(())
    }
}

/// The name of a day, as in `2021-11-27`.
pub(crate) fn day_name(day: u64) -> String {
    let start = std::time::UNIX_EPOCH + Duration::from_secs(day * 86_400);
    let text = humantime::format_rfc3339_seconds(start).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

fn day_json(day: u64, tally: &Tally) -> Value {
    let mut object =
        json!({ "day": day_name(day), "kills": tally.kills, "lookups": tally.lookups() });
    append(&mut object, &mut counts(tally));
    object
}

fn counts(tally: &Tally) -> Value {
    let domains: serde_json::Map<_, _> = KINDS
        .iter()
        .filter_map(|kind| {
            let domain = tally.domains.get(kind)?;
            let counts = json!({
                "lookups": domain.lookups,
                "hits": domain.hits,
                "stale": domain.stale,
                "negative": domain.negative,
                "misses": domain.misses,
                "hit_ratio": ratio(domain.hits, domain.lookups),
                "p50_us": rounded(domain.latency_us(0.5)),
                "p99_us": rounded(domain.latency_us(0.99)),
            });
            Some((kind.as_str().to_owned(), counts))
        })
        .collect();
    let combined = tally
        .combined()
        .map(|(fresh, served)| json!({ "fresh": fresh, "served": served }));
    json!({ "domains": domains, "combined": { "character_corporation_alliance": combined } })
}

fn append(to: &mut Value, from: &mut Value) {
    if let (Some(to), Some(from)) = (to.as_object_mut(), from.as_object_mut()) {
        to.append(from);
    }
}

fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_by_the_calendar() {
        assert_eq!(day_name(18_958), "2021-11-27");
    }
}
