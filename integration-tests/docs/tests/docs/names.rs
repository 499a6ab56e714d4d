//! Files and tests that the documents name exist: `path/file.rs` and `path/file.rs::function` in code spans.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{files, markdown};

/// Where a path may begin: at the root, or where the document says that its paths begin.
const BEGINNINGS: [&str; 2] = ["", "cache-facade/tests"];

/// Splits a code span that names a file, and perhaps a function in it.
fn split(span: &str) -> Option<(&str, Option<&str>)> {
    let (path, function) = match span.split_once("::") {
        Some((path, function)) => (path, Some(function)),
        None => (span, None),
    };
    let is_path = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
        // The name of a file alone says what a crate's files are called.
        && (path.contains('/') || function.is_some())
        && !path.contains(['*', '<', ' ']);
    is_path.then_some((path, function))
}

fn find(path: &str) -> Option<PathBuf> {
    let mut places = BEGINNINGS
        .iter()
        .map(|beginning| files::root().join(beginning).join(path));
    places.find(|place| place.is_file())
}

/// What is wrong with a code span, if it names a file.
fn fault(span: &str) -> Option<String> {
    let (path, function) = split(span)?;
    let Some(place) = find(path) else {
        return Some(format!("`{span}`: no such file"));
    };
    let function = function?;
    let text = fs::read_to_string(place).unwrap();
    let is_there =
        text.contains(&format!("fn {function}(")) || text.contains(&format!("fn {function}<"));
    (!is_there).then(|| format!("`{span}`: no such function"))
}

#[test]
fn files_and_functions_exist() {
    let mut faults = Vec::new();
    for path in files::documents() {
        let text = fs::read_to_string(&path).unwrap();
        for line in markdown::prose(&text) {
            for fault in markdown::spans(line).filter_map(fault) {
                faults.push(format!("{}: {fault}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_name_that_does_not_exist_is_found() {
    assert!(fault("cache-core/src/nowhere.rs").is_some());
    assert!(fault("cache-core/src/ttl.rs::no_such_function_at_all").is_some());
    assert!(fault("nowhere.rs::no_such_function_at_all").is_some());
    assert!(fault("cache-core/src/ttl.rs::window_follows_the_fresh_period").is_none());
    assert!(fault("operations/ttl.rs").is_none());
    assert!(fault("Cache::close").is_none());
}
