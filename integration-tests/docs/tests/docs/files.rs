//! Files of the workspace, by their path from its root.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads a text.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the paths of all files of an extension that are part of the project.
pub(crate) fn with_extension(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in .{extension}");
    found
}

/// Returns the paths of the documents about the whole project: those at the root and under `docs`.
pub(crate) fn documents() -> Vec<PathBuf> {
    let mut all = with_extension("md");
    all.retain(|path| path.starts_with(root().join("docs")) || path.parent() == Some(&root()));
    assert!(all.len() > 2, "{all:?}");
    all
}
