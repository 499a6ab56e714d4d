//! `docs/monitoring.md`, the dashboard and the alerting rules: the metrics and labels that they name are those of the code, and
//! Prometheus' own tool accepts them and finds each alert raised when it should be.

mod dashboard;
mod rules;
mod series;

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use cache_metrics::{METRICS, MonitorConfig};

use crate::files;
use series::{names, strangers, unknown};

const PAGE: &str = "docs/monitoring.md";
const DASHBOARD: &str = "docs/monitoring/grafana.json";
const RULES: &str = "docs/monitoring/alerts.yml";
const RULES_TEST: &str = "docs/monitoring/alerts_test.yml";

#[test]
fn every_metric_that_is_named_exists() {
    assert_eq!(unknown(&files::read(PAGE), true), [""; 0], "{PAGE}");
    for path in [DASHBOARD, RULES, RULES_TEST] {
        let text = files::read(path);
        assert!(names(&text).count() > 20, "{path}");
        assert_eq!(unknown(&text, false), [""; 0], "{path}");
    }
}

#[test]
fn every_label_that_is_asked_for_or_grouped_by_exists() {
    for path in [RULES, RULES_TEST] {
        assert_eq!(strangers(&files::read(path)), [""; 0], "{path}");
    }
    for expression in dashboard::expressions() {
        assert_eq!(strangers(&expression), [""; 0], "{expression}");
    }
}

#[test]
fn the_table_of_metrics_is_that_of_the_code() {
    let mut table = String::from("| metric | form | labels | meaning |\n|---|---|---|---|\n");
    for metric in METRICS {
        let form = format!("{:?}", metric.form).to_lowercase();
        let labels = metric.labels.join("`, `");
        let row = format!(
            "| `{}` | {form} | `{labels}` | {} |\n",
            metric.name, metric.help
        );
        table.push_str(&row);
    }
    let page = files::read(PAGE);
    let (_, rest) = page.split_once("<!-- metrics -->\n").unwrap();
    let (standing, _) = rest.split_once("<!-- /metrics -->").unwrap();
    assert_eq!(standing, table, "{PAGE} should have this table:\n{table}");
}

#[test]
fn the_defaults_of_the_monitor_are_those_of_the_code() {
    let defaults = serde_json::to_string_pretty(&MonitorConfig::default()).unwrap();
    assert!(
        files::read(PAGE).contains(&format!("```json\n{defaults}\n```")),
        "{PAGE} does not show:\n{defaults}"
    );
}

#[test]
fn prometheus_accepts_the_configuration_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = files::read(PAGE);
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (config, _) = rest.split_once("```").unwrap();
    let path = folder.path().join("prometheus.yml");
    fs::write(&path, config).unwrap();
    fs::copy(files::root().join(RULES), folder.path().join("alerts.yml")).unwrap();
    promtool(&["check", "config", &path.display().to_string()]);
}

/// Runs Prometheus' own tool. Where it is missing the test says so and ends, and fails where `CI` is set.
fn promtool(arguments: &[&str]) {
    let called = Command::new("promtool")
        .args(arguments)
        .current_dir(files::root())
        .output();
    let output = match called {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let missing = "`promtool` is not on the path; `apt-get install prometheus` brings it";
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("SKIPPED: {missing}");
            return;
        }
        called => called.unwrap(),
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "promtool {arguments:?}:\n{said}");
}
