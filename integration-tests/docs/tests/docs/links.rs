//! Relative links lead to something.

use std::fs;
use std::path::Path;

use crate::{files, markdown};

/// Says whether a link leads out of the files: to the web, to a heading of the same text, or to an item in rustdoc.
fn leads_elsewhere(link: &str) -> bool {
    link.contains("://")
        || link.starts_with(['#', '<'])
        || link.contains("::")
        || link.starts_with("mailto:")
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut dead = Vec::new();
    for path in files::with_extension("md") {
        let text = fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap_or(Path::new("."));
        for line in markdown::prose(&text) {
            for link in markdown::links(line) {
                let target = link.split('#').next().unwrap_or_default();
                if !leads_elsewhere(&link) && !folder.join(target).exists() {
                    dead.push(format!("{}: {link}", path.display()));
                }
            }
        }
    }
    assert!(dead.is_empty(), "links to nothing:\n{}", dead.join("\n"));
}
