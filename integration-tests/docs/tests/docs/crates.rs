//! Every crate's README is its crate documentation.

use std::path::Path;

use crate::files;

/// The folders of the workspace's members.
fn members() -> Vec<String> {
    let manifest = files::read("Cargo.toml");
    let (_, rest) = manifest.split_once("members = [").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    let members: Vec<_> = list
        .split(',')
        .map(|member| member.trim().trim_matches('"').to_owned())
        .filter(|member| !member.is_empty())
        .collect();
    assert!(members.iter().any(|member| member == "cache-core"));
    members
}

fn exists(path: &str) -> bool {
    Path::new(&files::root()).join(path).is_file()
}

#[test]
fn every_readme_is_the_documentation_of_its_crate() {
    for member in members() {
        if !exists(&format!("{member}/README.md")) {
            continue;
        }
        let root = ["src/lib.rs", "src/main.rs", "lib.rs"]
            .map(|file| format!("{member}/{file}"))
            .into_iter()
            .find(|file| exists(file))
            .unwrap_or_else(|| panic!("{member}: neither a library nor a program"));
        assert!(
            files::read(&root).contains("include_str!(\"../README.md\")"),
            "{root} does not include the README"
        );
    }
}

#[test]
fn every_crate_that_is_published_has_a_readme() {
    for member in members() {
        let manifest = files::read(&format!("{member}/Cargo.toml"));
        assert!(
            manifest.contains("publish = false") || exists(&format!("{member}/README.md")),
            "{member}: no README.md"
        );
    }
}
