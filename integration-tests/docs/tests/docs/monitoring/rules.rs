//! The alerting rules: each says what it means, and fires when it should.

use std::collections::BTreeSet;

use super::series::groupings;
use super::{PAGE, RULES, RULES_TEST, promtool};
use crate::files;

#[test]
fn every_rule_says_what_it_means_and_fires_in_a_test() {
    let (rules, test, page) = (
        files::read(RULES),
        files::read(RULES_TEST),
        files::read(PAGE),
    );
    let rules: Vec<_> = rules.split("- alert: ").skip(1).collect();
    assert!(rules.len() >= 10, "{}", rules.len());
    for rule in rules {
        let (name, rule) = rule.split_once('\n').unwrap();
        for part in [
            "expr: ",
            "for: ",
            "severity: ",
            "summary: ",
            "description: ",
        ] {
            assert!(rule.contains(&format!("  {part}")), "{name}: no {part}");
        }
        assert!(
            rule.contains("First look") || rule.contains("first look"),
            "{name} does not say where to look first"
        );
        let fires = format!(r#"alertname="{name}", alertstate="firing""#);
        assert!(test.contains(&fires), "{RULES_TEST}: {name} never fires");
        assert!(page.contains(&format!("| `{name}` |")), "{PAGE}: {name}");
        // Text of an annotation may name labels that the expression keeps.
        let kept: BTreeSet<_> = groupings(rule)
            .into_iter()
            .flat_map(|(labels, _)| labels)
            .collect();
        for named in rule.split("$labels.").skip(1) {
            let end = named.find(|c: char| !c.is_ascii_lowercase()).unwrap();
            assert!(kept.contains(&named[..end]), "{name}: {}", &named[..end]);
        }
    }
}

#[test]
fn prometheus_accepts_the_rules() {
    promtool(&["check", "rules", RULES]);
}

#[test]
fn each_alert_fires_when_it_should_and_not_without_traffic() {
    promtool(&["test", "rules", RULES_TEST]);
}
