//! Looking into a store on disk: what is there stays as it is.

use std::fs;
use std::path::Path;

use cache_core::{Backend, Condition, Epoch, Judge, OwnedKey, Space};
use cache_facade::config::CacheConfig;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::entries::json as entry;
use crate::place::cachectl;

const FORMAT_1: &str = "live-1-00000000000000000003";
const FORMAT_0: &str = "live-00000000000000000003";

fn url(folder: &TempDir) -> String {
    format!("sled://{}", folder.path().display())
}

/// Makes a store as an application does, with entries of an application's own limit.
async fn fill(folder: &TempDir, count: u64, value: &str) {
    let config = CacheConfig::from_url(&url(folder)).unwrap();
    let store = config.open_backend(&Judge::default()).unwrap();
    let space = Space::new("app", "pilot", 0xff).unwrap();
    for id in 0..count {
        let id = id.to_string().into_bytes();
        let key = OwnedKey::new(space.clone(), Epoch(1), id).unwrap();
        let put = store.put(key.as_key(), entry(value.to_owned()), Condition::Always);
        assert!(put.await.unwrap().is_stored());
    }
    store.close().await.unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_directory_of_somebody_else_is_refused_and_left_as_it_is() {
    for foreign in [
        &["live-2024"][..],
        &["live-2024", "lock"],
        &[FORMAT_1],
        &["lock"],
        &[],
    ] {
        let folder = tempfile::tempdir().unwrap();
        for name in foreign {
            let path = folder.path().join(name);
            match *name {
                "lock" => fs::write(path, "").unwrap(),
                _ => fs::create_dir_all(path.join("below")).unwrap(),
            }
        }
        let before = names(folder.path());
        for command in ["stats", "scan", "ping"] {
            let said = cachectl(&[command, "--cache", &url(&folder)]);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{foreign:?}");
            assert!(said.err.contains("holds no store"), "{said:?}");
        }
        assert_eq!(names(folder.path()), before);
    }
    let said = cachectl(&["stats", "--cache", "sled:///nowhere/at/all"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("holds no store"), "{said:?}");
}

#[test]
fn a_store_of_another_format_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lock"), "").unwrap();
    fs::create_dir(folder.path().join(FORMAT_0)).unwrap();
    let said = cachectl(&["stats", "--cache", &url(&folder)]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("another format"), "{said:?}");
    assert_eq!(names(folder.path()), [FORMAT_0, "lock"]);
}

/// The application is to find its files damaged itself, and to say so where its operators read.
#[tokio::test]
async fn a_damaged_store_is_told_and_stays() {
    let mut told = 0;
    for part in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        // The second opening makes a snapshot: what is missing from then on is damage, and no end that came early.
        for _ in 0..2 {
            fill(&folder, 2_000, &format!("\"{}\"", "x".repeat(500))).await;
        }
        let before = names(folder.path());
        let live = before.iter().find(|name| name.starts_with("live-"));
        let data = folder.path().join(live.unwrap()).join("db");
        let mut bytes = fs::read(&data).unwrap();
        let eighth = bytes.len() / 8;
        let hole = bytes.iter_mut().skip(part * eighth).take(eighth);
        hole.for_each(|byte| *byte ^= 0x5a);
        fs::write(&data, bytes).unwrap();
        let said = cachectl(&["stats", "--cache", &url(&folder)]);
        if said.code != 0 {
            assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
            assert!(said.err.contains("neither moved nor removed"), "{said:?}");
            told += 1;
        }
        assert_eq!(names(folder.path()), before);
    }
    assert!(told > 0, "no damage was noticed");
}

/// The application may run with another limit than the one that a URL without one means.
#[tokio::test]
async fn a_store_that_is_looked_into_has_no_limit_but_the_one_of_the_url() {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder, 20, "1").await;
    let stats = |url: &str| cachectl(&["stats", "--json", "--cache", url]).object();
    let object = stats(&url(&folder));
    assert_eq!(
        (&object["entries"], &object["max_bytes"]),
        (&json!(20), &Value::Null)
    );
    let object = stats(&format!("{}?max_bytes=1MiB", url(&folder)));
    assert_eq!(
        (&object["entries"], &object["max_bytes"]),
        (&json!(20), &json!(1 << 20))
    );
}
