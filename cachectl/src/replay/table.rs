//! The report as tables for people.

use std::fmt::Write;

use super::report::{Report, day_name};
use super::tally::{KINDS, Tally, ratio};

/// Renders the report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    for (day, tally) in report.days.iter().flatten() {
        let _ = writeln!(
            text,
            "{}: {} kills, {} look-ups",
            day_name(*day),
            tally.kills,
            tally.lookups()
        );
        domains(&mut text, tally);
    }
    let rate = report.lookups_per_second().unwrap_or_default();
    let _ = writeln!(
        text,
        "{}: {} kills, {} look-ups in {:.1} s ({rate} a second)",
        report.backend,
        report.total.kills,
        report.total.lookups(),
        report.took.as_secs_f64()
    );
    domains(&mut text, &report.total);
    let _ = writeln!(
        text,
        "upstream: {} calls, {} look-ups without an answer",
        report.upstream_calls, report.upstream_errors
    );
    let evictions = report
        .evictions
        .map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let _ = writeln!(
        text,
        "evictions: {evictions}; damaged lines: {}",
        report.damaged_lines
    );
    let verdict = match report.matches {
        Some(true) => "matches: every look-up found what was predicted",
        Some(false) => "does NOT match",
        None => "not made: the store was not empty at the start",
    };
    let _ = write!(text, "independent count: {verdict}");
    text
}

fn domains(text: &mut String, tally: &Tally) {
    let _ = writeln!(
        text,
        "  {:<12} {:>9} {:>9} {:>7} {:>8} {:>8} {:>7} {:>9} {:>9}",
        "domain", "look-ups", "hits", "stale", "negative", "misses", "ratio", "p50 us", "p99 us"
    );
    for (kind, domain) in KINDS
        .iter()
        .filter_map(|kind| Some((kind, tally.domains.get(kind)?)))
    {
        let _ = writeln!(
            text,
            "  {:<12} {:>9} {:>9} {:>7} {:>8} {:>8} {:>7} {:>9.1} {:>9.1}",
            kind.as_str(),
            domain.lookups,
            domain.hits,
            domain.stale,
            domain.negative,
            domain.misses,
            share(ratio(domain.hits, domain.lookups)),
            domain.latency_us(0.5),
            domain.latency_us(0.99)
        );
    }
    if let Some((fresh, served)) = tally.combined() {
        let _ = writeln!(
            text,
            "  character, corporation and alliance together: fresh {}, served {}",
            share(Some(fresh)),
            share(Some(served))
        );
    }
}

fn share(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.4}"))
}
