//! The series that a text names, and their labels. As much of PromQL as dashboard and rules use.

use cache_metrics::{Form, METRICS, Metric};

/// What begins like a metric and is none.
const CRATES: [&str; 3] = ["cache_core", "cache_facade", "cache_metrics"];
/// The labels that Prometheus gives to what it scrapes.
const OF_THE_TARGET: [&str; 2] = ["instance", "job"];

/// The words of a text that begin like metrics.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("cache_") && !CRATES.contains(word))
}

/// The metric that a series belongs to.
pub(super) fn metric(series: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| match metric.form {
        Form::Counter | Form::Gauge => series == metric.name,
        Form::Histogram => series
            .strip_prefix(metric.name)
            .is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
    })
}

/// What is wrong with the names of a text: of series, or of metrics as prose has them.
pub(super) fn unknown(text: &str, is_prose: bool) -> Vec<&str> {
    let is_known = |name: &str| {
        metric(name).is_some() || (is_prose && METRICS.iter().any(|one| one.name == name))
    };
    names(text).filter(|name| !is_known(name)).collect()
}

/// The labels that a selector `name{label="value"}` asks for, with the name.
fn selectors(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for name in names(text) {
        // The name is a part of the text, so its place in it is known.
        let end = name.as_ptr() as usize - text.as_ptr() as usize + name.len();
        let Some(list) = text[end..].strip_prefix('{') else {
            continue;
        };
        let (list, _) = list.split_once('}').unwrap();
        for matcher in list.split(',') {
            let label = matcher.split(['=', '!']).next().unwrap_or_default();
            found.push((name, label.trim()));
        }
    }
    found
}

/// The labels of each `by (...)`, with what is grouped by them.
pub(super) fn groupings(text: &str) -> Vec<(Vec<&str>, &str)> {
    let groupings = text.match_indices("by (").filter_map(|(at, by)| {
        let (labels, rest) = text[at + by.len()..].split_once(')')?;
        let grouped = rest.trim_start().strip_prefix('(')?;
        Some((labels.split(',').map(str::trim).collect(), grouped))
    });
    // What is grouped may hold a grouping: it ends where its own bracket does.
    let end = |text: &str| {
        let mut depth = 1;
        text.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        })
    };
    groupings
        .map(|(labels, grouped)| (labels, &grouped[..end(grouped).unwrap_or(grouped.len())]))
        .collect()
}

/// What is wrong with the labels of an expression.
pub(super) fn strangers(text: &str) -> Vec<String> {
    let has = |series: &str, label: &str| {
        OF_THE_TARGET.contains(&label)
            || (label == "le" && series.ends_with("_bucket"))
            || metric(series).is_some_and(|metric| metric.labels.contains(&label))
    };
    let groupings = groupings(text).into_iter();
    let grouped = groupings.flat_map(|(labels, grouped)| {
        names(grouped)
            .flat_map(|name| labels.iter().map(move |label| (name, *label)))
            .collect::<Vec<_>>()
    });
    let named = selectors(text).into_iter().chain(grouped);
    named
        .filter(|(series, label)| !has(series, label))
        .map(|(series, label)| format!("{series} has no label `{label}`"))
        .collect()
}

#[test]
fn a_metric_or_label_that_does_not_exist_is_found() {
    assert_eq!(
        unknown("a cache_writes_total and cache_writs_total", true),
        ["cache_writs_total"]
    );
    let histogram = "rate(cache_load_duration_seconds[5m])";
    assert_eq!(unknown(histogram, false), ["cache_load_duration_seconds"]);
    assert_eq!(unknown(histogram, true), [""; 0]);
    for wrong in [
        r#"cache_writes_total{cache="a", tier=~"b"}"#,
        "sum by (cache, tier) (rate(cache_writes_total[5m]))",
        "sum by (cache, le) (rate(cache_load_duration_seconds_count[5m]))",
        "max by (cache) (sum by (op) (cache_entries))",
        "max by (op) (sum by (cache) (cache_entries))",
    ] {
        assert_eq!(strangers(wrong).len(), 1, "{wrong}");
    }
    let right = "sum by (domain) (cache_writes_total) + sum by (tier) (cache_entries)";
    assert_eq!(strangers(right), [""; 0]);
}
