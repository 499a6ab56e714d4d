//! The command as a user runs it: its output, its messages, its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test asserts"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn cachectl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cachectl"))
        .args(arguments)
        .output()
        .unwrap()
}

fn replay(arguments: &[&str]) -> (bool, Value) {
    let output = cachectl(&[&["replay", "--json"], arguments].concat());
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (output.status.success(), report)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A kill in the Jita system with a victim and two attackers of one corporation, one of whom flies what the victim flew.
fn kill(id: u32, time: &str) -> String {
    let attacker = |character: u32| {
        json!({
            "character_id": character, "corporation_id": 98_000_002, "ship_type_id": 587,
            "damage_done": 10, "final_blow": character.is_multiple_of(2), "security_status": 0.5
        })
    };
    json!({
        "killmail_id": id, "killmail_time": time, "solar_system_id": 30_000_142,
        "victim": { "character_id": 95_465_499, "corporation_id": 98_000_001, "alliance_id": 99_000_001, "ship_type_id": 587, "damage_taken": 20 },
        "attackers": [attacker(90_000_001), attacker(90_000_002)]
    })
    .to_string()
}

fn file(lines: &[String]) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new()
        .suffix(".jsonl")
        .tempfile()
        .unwrap();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    file
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn look_ups_hits_and_upstream_calls_follow_from_the_input() {
    let file = file(&[
        kill(1, "2021-11-27T10:00:00Z"),
        kill(2, "2021-11-27T10:59:59Z"),
        kill(3, "2021-11-27T11:00:00Z"),
    ]);
    let (is_ok, report) = replay(&[name(file.path())]);
    assert!(is_ok);
    // 1 system, 3 characters, 3 corporations, 1 alliance, 3 types a kill.
    assert_eq!(
        (&report["kills"], &report["lookups"]),
        (&json!(3), &json!(33))
    );
    assert_eq!(report["domains"]["character"]["misses"], 3);
    assert_eq!(report["domains"]["corporation"]["hits"], 7);
    assert_eq!(report["domains"]["type"]["hits"], 8);
    // The system lives for an hour of recorded time, and not a second longer.
    assert_eq!(
        (
            &report["domains"]["system"]["hits"],
            &report["domains"]["system"]["misses"]
        ),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (
            &report["upstream_calls"],
            &report["upstream_errors"],
            &report["evictions"]
        ),
        (&json!(9), &json!(0), &json!(0))
    );
    assert_eq!(report["independent_count_matches"], true);
    let combined = &report["combined"]["character_corporation_alliance"];
    assert_eq!(
        (&combined["fresh"], &combined["served"]),
        (&json!(0.7143), &json!(0.7143))
    );
}

#[test]
fn counts_do_not_depend_on_concurrency() {
    let file = file(&[
        kill(1, "2021-11-27T10:00:00Z"),
        kill(2, "2021-11-27T10:30:00Z"),
    ]);
    let counts = |concurrency| {
        let (is_ok, report) = replay(&["--concurrency", concurrency, name(file.path())]);
        assert!(is_ok);
        let count = |domain: &str| {
            (
                report["domains"][domain]["hits"].clone(),
                report["domains"][domain]["misses"].clone(),
            )
        };
        (
            ["character", "corporation", "alliance", "system", "type"].map(count),
            report["upstream_calls"].clone(),
        )
    };
    assert_eq!(counts("1"), counts("16"));
}

#[test]
fn days_are_reported_apart() {
    let file = file(&[
        kill(1, "2021-11-27T23:59:59Z"),
        kill(2, "2021-11-28T00:00:00Z"),
    ]);
    let (_, report) = replay(&["--by-day", name(file.path())]);
    let days: Vec<_> = report["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["day"].clone(), day["lookups"].clone()))
        .collect();
    assert_eq!(
        days,
        [
            (json!("2021-11-27"), json!(11)),
            (json!("2021-11-28"), json!(11))
        ]
    );
}

#[test]
fn a_damaged_line_is_named_counted_and_skipped() {
    let file = file(&[
        kill(1, "2021-11-27T10:00:00Z"),
        "{\"killmail_id\":".to_owned(),
        kill(3, "2021-11-27T10:00:01Z"),
    ]);
    let output = cachectl(&["replay", "--json", name(file.path())]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success());
    assert_eq!(
        (&report["kills"], &report["damaged_lines"]),
        (&json!(2), &json!(1))
    );
    assert!(
        text(&output.stderr).contains("line 2"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_file_without_a_kill_is_a_failure() {
    let file = file(&["nothing".to_owned()]);
    let output = cachectl(&["replay", name(file.path())]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("no kill could be read"));
}

#[test]
fn a_missing_file_is_named() {
    let output = cachectl(&["replay", "no/such/file.jsonl"]);
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("cannot open no/such/file.jsonl"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_backend_that_is_not_compiled_in_is_refused_with_what_is() {
    let output = cachectl(&["replay", "--cache", "memcached://x"]);
    assert!(!output.status.success());
    let message = text(&output.stderr);
    assert!(
        message.contains("memcached") && message.contains("moka"),
        "{message}"
    );
}

#[test]
fn without_a_cache_every_look_up_asks_the_upstream() {
    let file = file(&[kill(1, "2021-11-27T10:00:00Z")]);
    let output = cachectl(&["replay", "--json", "--cache", "none:", name(file.path())]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["backend"], &report["upstream_calls"]),
        (&json!("none"), &json!(11))
    );
}

#[test]
fn an_upstream_that_is_down_ends_the_job_with_its_address() {
    let file = file(
        &(1..30)
            .map(|id| kill(id, "2021-11-27T10:00:00Z"))
            .collect::<Vec<_>>(),
    );
    // Port 9 of loopback, the discard service, is refused.
    let output = cachectl(&["replay", "--esi", "http://127.0.0.1:9", name(file.path())]);
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("http://127.0.0.1:9 does not answer"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn upstream_errors_within_the_clients_patience_cost_no_answer() {
    let file = file(&[kill(1, "2021-11-27T10:00:00Z")]);
    let (is_ok, report) = replay(&["--esi-error-rate", "0.2", name(file.path())]);
    assert!(is_ok);
    assert_eq!(report["independent_count_matches"], true);
    assert!(report["upstream_calls"].as_u64().unwrap() >= 8);
}
