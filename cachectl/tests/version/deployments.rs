//! A deployment from the first look to the purge.

use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, domain};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::place::{Place, Said, cachectl};

#[derive(Cacheable, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "pilot", ttl = "1h")]
pub(crate) struct Pilot {
    pub(crate) name: String,
}

pub(crate) fn start(place: &Place, release: &str) -> Domain<Pilot> {
    let mut config = CacheConfig::from_url(&place.url()).unwrap();
    config.namespace = place.namespace.clone();
    config.deadline = Duration::from_secs(1);
    let cache = Cache::builder().config(config).release(release);
    let cache = cache.domain(domain::<Pilot>()).build().unwrap();
    cache.domain::<Pilot>().unwrap()
}

pub(crate) async fn fill(pilots: &Domain<Pilot>, ids: std::ops::Range<u64>) {
    for id in ids {
        let name = format!("pilot {id}");
        pilots.put(id, Pilot { name }).await.unwrap();
    }
}

pub(crate) fn version(place: &Place, command: &str, arguments: &[&str]) -> Said {
    let url = place.url();
    let store = ["--cache", &url, "--namespace", &place.namespace];
    cachectl(&[&["version", command], &store[..], arguments].concat())
}

pub(crate) fn object(place: &Place, command: &str, arguments: &[&str]) -> Value {
    let said = version(place, command, &[arguments, &["--json"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    said.object()
}

/// Entries by epoch.
fn entries(status: &Value) -> Vec<(u64, u64)> {
    let addresses = status["addresses"].as_array().unwrap().iter();
    let told = addresses.map(|one| {
        let figure = |name: &str| one[name].as_u64().unwrap();
        (figure("epoch") >> 32, figure("entries"))
    });
    told.collect()
}

#[tokio::test]
async fn a_pipeline_deploys_and_leads_back() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..20).await;
    let none = object(&place, "status", &[]);
    assert_eq!(
        (&none["current"], entries(&none)),
        (&Value::Null, vec![(1, 20)])
    );
    assert_eq!(object(&place, "deploy", &["1.4.0"])["is_deployed"], true);

    let dry = object(&place, "deploy", &["2.0.0", "--dry-run"]);
    assert_eq!(
        (&dry["is_deployed"], &dry["id"]),
        (&json!(false), &Value::Null)
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("before.json");
    let file = file.to_str().unwrap();
    let report = object(&place, "deploy", &["2.0.0", "--state-file", file]);
    assert_eq!(
        (&report["from"], &report["is_deployed"]),
        (&json!("1.4.0"), &json!(true))
    );
    assert_eq!(report["verified"]["same"], 20);
    let before: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(before["current"], "1.4.0");

    let back = object(&place, "rollback", &["--dry-run"]);
    assert_eq!(
        (&back["to"], &back["is_done"]),
        (&json!("1.4.0"), &json!(false))
    );
    let back = object(&place, "rollback", &["--from", "2.0.0"]);
    assert_eq!(
        (&back["to"], &back["entries"]),
        (&json!("1.4.0"), &json!(20))
    );
    let again = version(&place, "rollback", &["--from", "2.0.0"]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("is 1.4.0, and not 2.0.0"), "{again:?}");
    let nothing_before = version(&place, "rollback", &[]);
    assert_eq!(nothing_before.code, 1, "{nothing_before:?}");
    assert!(
        nothing_before.err.contains("no way back"),
        "{nothing_before:?}"
    );

    let history = version(&place, "history", &["--json"]).json();
    let told: Vec<_> = history
        .iter()
        .map(|row| {
            (
                row["action"].as_str().unwrap(),
                row["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("rollback", "done"),
            ("deploy", "done"),
            ("deploy", "active")
        ]
    );
    assert_eq!(object(&place, "status", &[])["current"]["release"], "1.4.0");
    for id in 0..20_u64 {
        assert!(old.get(id).await.unwrap().is_some());
    }
}

/// The command has no types: entries whose type is the same in both releases get twins, once the new release is listed.
#[tokio::test]
async fn a_gradual_deployment_copies_what_has_the_same_type() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..300).await;
    let unlisted = object(
        &place,
        "deploy",
        &["2.0.0", "--strategy", "gradual", "--dry-run"],
    );
    assert_eq!(unlisted["unconvertible"], 300, "2.0.0 was never started");
    let new = start(&place, "2.0.0");
    assert!(new.get(0_u64).await.unwrap().is_none());
    let report = object(&place, "deploy", &["2.0.0", "--strategy", "gradual"]);
    assert_eq!(report["converted"][0]["converted"], 300, "{report}");
    assert_eq!(
        entries(&object(&place, "status", &[])),
        [(1, 300), (2, 300)]
    );
    for id in 0..300_u64 {
        let found = new.get(id).await.unwrap().unwrap();
        assert_eq!(found.name, format!("pilot {id}"));
    }
}

#[tokio::test]
async fn an_aggressive_deployment_empties_other_epochs() {
    let place = Place::new();
    let (old, new) = (start(&place, "1.4.0"), start(&place, "2.0.0"));
    fill(&old, 0..20).await;
    fill(&new, 20..25).await;
    let report = object(&place, "deploy", &["2.0.0", "--strategy", "aggressive"]);
    assert_eq!(report["purged"]["addresses"][0]["removed"], 20);
    assert_eq!(entries(&object(&place, "status", &[])), [(1, 0), (2, 5)]);
    let lines = version(&place, "status", &[]).out;
    assert!(lines.starts_with("current   2.0.0 since "), "{lines}");
}

#[tokio::test]
async fn what_is_too_old_is_invalidated_and_what_nobody_has_seen_purged() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..5).await;
    let kept = object(&place, "invalidate", &["--older-than", "1h"]);
    assert_eq!((&kept["removed"], &kept["kept"]), (&json!(0), &json!(5)));
    let gone = object(
        &place,
        "invalidate",
        &["--older-than", "0s", "--domain", "pilot"],
    );
    assert_eq!(gone["removed"], 5);
    assert!(old.get(0_u64).await.unwrap().is_none());
    assert_eq!(
        version(&place, "purge", &[]).code,
        1,
        "nothing was deployed"
    );
    let new = start(&place, "2.0.0");
    fill(&new, 0..3).await;
    object(&place, "deploy", &["2.0.0"]);
    let purged = object(&place, "purge", &["--keep", "1"]);
    assert_eq!(
        (&purged["in_use"], &purged["addresses"]),
        (&json!(1), &json!([]))
    );
}
