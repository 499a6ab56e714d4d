//! The dashboard: what Grafana can import, panels that say what they show, and every metric in one of them.

use std::collections::BTreeSet;
use std::fs;

use cache_metrics::METRICS;
use serde_json::Value;

use super::series::{groupings, metric, names};
use super::{DASHBOARD, promtool};
use crate::files;

fn dashboard() -> Value {
    serde_json::from_str(&files::read(DASHBOARD)).unwrap()
}

/// The panels that show something, without the headings of rows.
fn panels() -> Vec<Value> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let shown: Vec<_> = panels
        .filter(|panel| panel["type"] != "row")
        .cloned()
        .collect();
    assert!(shown.len() > 20, "{}", shown.len());
    shown
}

fn targets(panel: &Value) -> &[Value] {
    panel["targets"].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// The expressions of all panels.
pub(super) fn expressions() -> Vec<String> {
    let panels = panels();
    let targets = panels.iter().flat_map(targets);
    targets
        .map(|target| text(target, "expr").to_owned())
        .collect()
}

#[test]
fn grafana_can_import_the_dashboard() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 38);
    assert!(!text(&dashboard, "title").is_empty());
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let found: Vec<_> = variables
        .iter()
        .map(|variable| (text(variable, "name"), text(variable, "type")))
        .collect();
    let expected = [
        ("datasource", "datasource"),
        ("cache", "query"),
        ("domain", "query"),
    ];
    assert_eq!(found, expected);
    assert_eq!(text(&variables[0], "query"), "prometheus");
    for variable in &variables[1..] {
        assert!(text(variable, "definition").starts_with("label_values(cache_"));
        assert_eq!(text(&variable["datasource"], "uid"), "${datasource}");
    }
}

#[test]
fn every_panel_has_an_id_of_its_own() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), panels.len());
}

#[test]
fn every_panel_says_what_it_shows_and_asks_for_it() {
    for panel in panels() {
        let title = text(&panel, "title");
        assert!(!title.is_empty(), "{panel}");
        assert!(text(&panel, "description").ends_with('.'), "{title}");
        let unit = &panel["fieldConfig"]["defaults"]["unit"];
        assert!(unit.is_string(), "{title}: no unit");
        assert!(!targets(&panel).is_empty(), "{title}: asks for nothing");
        for target in targets(&panel) {
            assert!(!text(target, "expr").is_empty(), "{title}");
            for source in [&panel["datasource"], &target["datasource"]] {
                assert_eq!(text(source, "uid"), "${datasource}", "{title}");
            }
        }
    }
}

#[test]
fn rates_of_the_dashboard_follow_the_interval_of_the_scrapes() {
    for expression in expressions() {
        for range in expression.split('[').skip(1) {
            assert!(range.starts_with("$__rate_interval]"), "{expression}");
        }
    }
}

#[test]
fn every_metric_is_shown_by_the_dashboard() {
    let expressions = expressions().join("\n");
    let shown: BTreeSet<_> = names(&expressions)
        .filter_map(metric)
        .map(|metric| metric.name)
        .collect();
    let missing: Vec<_> = METRICS
        .iter()
        .filter(|metric| !shown.contains(metric.name))
        .map(|metric| metric.name)
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_legend_names_labels_that_its_expression_groups_by() {
    for panel in panels() {
        for target in targets(&panel) {
            let expression = text(target, "expr");
            let kept: BTreeSet<_> = groupings(expression)
                .into_iter()
                .flat_map(|(labels, _)| labels)
                .collect();
            for legend in text(target, "legendFormat").split("{{").skip(1) {
                let (label, _) = legend.split_once("}}").unwrap();
                assert!(kept.contains(label), "`{label}` of {expression}");
            }
        }
    }
}

#[test]
fn prometheus_accepts_every_expression_of_the_dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yml");
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (index, expression) in expressions().iter().enumerate() {
        let expression = expression.replace("$__rate_interval", "5m");
        // Text in JSON's quotes is text in YAML, too.
        let expression = Value::String(expression);
        rules.push_str(&format!("  - {{record: 'r{index}', expr: {expression}}}\n"));
    }
    fs::write(&path, rules).unwrap();
    promtool(&["check", "rules", &path.display().to_string()]);
}
