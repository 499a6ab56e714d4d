//! Entries of one release copied to another, without a deployment: what is left behind is told.

use std::process::Stdio;

use serde_json::json;

use crate::deployments::{fill, object, start, version};
use crate::place::{Place, command};

#[tokio::test]
async fn a_copy_switches_nothing() {
    let place = Place::new();
    let (old, new) = (start(&place, "1.4.0"), start(&place, "2.0.0"));
    fill(&old, 0..20).await;
    assert!(new.get(0_u64).await.unwrap().is_none());
    let releases = ["--from", "1.4.0", "--to", "2.0.0"];
    for converted in [20, 0] {
        let copied = object(&place, "migrate", &releases);
        assert_eq!(copied["converted"], converted);
        assert_eq!(
            (&copied["present"], &copied["is_complete"]),
            (&json!(20), &json!(true))
        );
    }
    assert_eq!(new.get(7_u64).await.unwrap().unwrap().name, "pilot 7");
    assert!(object(&place, "status", &[])["current"].is_null());
    assert_eq!(version(&place, "migrate", &["--from", "1.4.0"]).code, 2);
    assert_eq!(version(&place, "migrate", &[]).code, 2);
}

/// Releases that are listed with the type alone can be given entries of it.
#[tokio::test]
async fn what_is_left_for_want_of_a_listed_release_is_told() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..20).await;
    let releases = ["--from", "1.4.0", "--to", "2.0.0"];
    let said = version(&place, "migrate", &[&releases[..], &["--json"]].concat());
    assert_eq!(said.code, 1, "{said:?}");
    let left = said.object();
    assert_eq!(
        (&left["domain"], &left["from"][0], &left["left"]),
        (&json!("pilot"), &json!(1_u64 << 32), &json!(20))
    );
    let said = version(&place, "migrate", &releases);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("20 entries of pilot"), "{said:?}");
    assert!(said.out.contains("2.0.0 is not listed with"), "{said:?}");
    let new = start(&place, "2.0.0");
    assert!(new.get(0_u64).await.unwrap().is_none());
    assert_eq!(version(&place, "migrate", &releases).code, 0);
}

#[tokio::test]
async fn a_release_that_nobody_is_listed_with_is_refused() {
    let place = Place::new();
    let (old, new) = (start(&place, "1.4.0"), start(&place, "2.0.0"));
    fill(&old, 0..3).await;
    assert!(new.get(0_u64).await.unwrap().is_none());
    for (from, to, expected) in [
        ("3.4.0", "2.0.0", "listed are: 1.4.0, 2.0.0"),
        ("1.4.0", "1.4.0", "accepted are two releases"),
        ("one", "2.0.0", "semantic version"),
        ("1.4.0", "two", "semantic version"),
    ] {
        let said = version(&place, "migrate", &["--from", from, "--to", to]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains(expected), "{said:?}");
    }
    let history = version(&place, "history", &["--json"]).json();
    assert_eq!(history, [] as [serde_json::Value; 0]);
    // Compatible releases share their entries.
    assert_eq!(
        version(&place, "migrate", &["--from", "1.4.0", "--to", "1.5.0"]).code,
        0
    );
}

/// Their entries stand where those of `unversioned` domains do: nothing would be copied, and nobody told.
#[tokio::test]
async fn a_release_that_shares_its_addresses_with_no_release_is_refused() {
    let place = Place::new();
    let (old, new) = (start(&place, "0.0.5"), start(&place, "0.1.0"));
    fill(&old, 0..3).await;
    assert!(new.get(0_u64).await.unwrap().is_none());
    let said = version(&place, "migrate", &["--from", "0.0.5", "--to", "0.1.0"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("belong to no release"), "{said:?}");
    // Among them nothing has to be copied.
    let said = version(&place, "migrate", &["--from", "0.0.5", "--to", "0.0.7"]);
    assert_eq!(said.code, 0, "{said:?}");
    // Others can be led back to.
    fill(&new, 7..8).await;
    let back = object(&place, "migrate", &["--from", "0.1.0", "--to", "0.0.5"]);
    assert_eq!(back["converted"], 1, "{back}");
    assert_eq!(old.get(7_u64).await.unwrap().unwrap().name, "pilot 7");
}

/// `| true` makes no success of what was not done.
#[tokio::test]
async fn a_reader_that_is_gone_hides_no_failure() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..3).await;
    let unread = |to: &str| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut migrate = command();
        migrate
            .args(["version", "migrate", "--cache", &place.url()])
            .args([
                "--namespace",
                &place.namespace,
                "--from",
                "1.4.0",
                "--to",
                to,
            ])
            .stdout(Stdio::from(writer));
        migrate.status().unwrap().code()
    };
    assert_eq!(unread("2.0.0"), Some(1));
    let new = start(&place, "2.0.0");
    assert!(new.get(0_u64).await.unwrap().is_none());
    assert_eq!(unread("2.0.0"), Some(0));
}

/// A pipeline that reads "not done" would do it again.
#[tokio::test]
async fn what_was_done_and_cannot_be_written_down_is_done() {
    let place = Place::new();
    start(&place, "1.4.0");
    for release in ["1.4.0", "2.0.0"] {
        let (code, told) = unwritten(&place, &["deploy", release]);
        assert_eq!(code, Some(0), "{told}");
        assert!(
            told.contains("it is done, and could not be shown"),
            "{told}"
        );
    }
    for command in [
        &["deploy", "3.0.0", "--dry-run"][..],
        &["rollback", "--dry-run"],
        &["purge", "--dry-run"],
    ] {
        let (code, told) = unwritten(&place, command);
        assert_eq!(code, Some(1), "{told}");
        assert!(!told.contains("it is done"), "{told}");
    }
    assert_eq!(unwritten(&place, &["rollback"]).0, Some(0));
    let history = version(&place, "history", &["--json"]).json();
    assert_eq!(history[0]["action"], "rollback");
    // What only looks has done nothing then.
    assert_eq!(unwritten(&place, &["history"]).0, Some(1));
}

#[tokio::test]
async fn what_was_done_in_part_is_not_told_as_done() {
    let place = Place::new();
    let old = start(&place, "1.4.0");
    fill(&old, 0..20).await;
    let releases = ["migrate", "--from", "1.4.0", "--to", "2.0.0"];
    let (code, told) = unwritten(&place, &releases);
    assert_eq!(code, Some(1), "{told}");
    assert!(!told.contains("it is done"), "{told}");
}

/// Runs a command whose answer has nowhere to go.
fn unwritten(place: &Place, words: &[&str]) -> (Option<i32>, String) {
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = command();
    command
        .arg("version")
        .args(words)
        .args(["--cache", &place.url(), "--namespace", &place.namespace])
        .stdout(full)
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), told)
}
