//! `cargo xtask deps`: the arrows between our crates, and what may not hang in their trees.

mod arrows;
mod tree;

use crate::metadata::{self, Dependency, Metadata, Package};
use crate::{Result, process};

/// Prints every arrow and every crate that is not allowed.
///
/// # Errors
///
/// There is one, or cargo fails.
pub(crate) fn run() -> Result {
    let workspace = metadata::load()?;
    let mut offences = offences(&workspace);
    for rule in tree::RULES {
        if workspace
            .packages
            .iter()
            .any(|package| package.name == rule.package)
        {
            let text = process::output(&mut process::cargo(rule.call()))?;
            offences.extend(rule.offences(&text));
        }
    }
    for offence in &offences {
        eprintln!("{offence}");
    }
    match offences.len() {
        0 => Ok(()),
        1 => Err("1 dependency is not allowed".into()),
        more => Err(format!("{more} dependencies are not allowed").into()),
    }
}

/// What the manifests say against the table.
fn offences(workspace: &Metadata) -> Vec<String> {
    let ours = |name: &str| {
        workspace
            .packages
            .iter()
            .any(|package| package.name == name)
    };
    let unknown = workspace
        .packages
        .iter()
        .filter(|package| !arrows::CRATES.contains(&package.name.as_str()));
    let mut found: Vec<String> = unknown
        .map(|package| unknown_crate(&package.name))
        .collect();
    for package in &workspace.packages {
        let inner = package
            .dependencies
            .iter()
            .filter(|dependency| ours(&dependency.name));
        found.extend(inner.flat_map(|dependency| line_offences(package, dependency)));
    }
    found
}

fn unknown_crate(name: &str) -> String {
    format!(
        "{name}: a crate that no arrow knows; add it to the table in xtask/src/deps/arrows.rs and to the architecture"
    )
}

/// What is wrong with one line of a manifest.
fn line_offences(package: &Package, dependency: &Dependency) -> Vec<String> {
    let (from, to) = (&package.name, &dependency.name);
    let mut found = Vec::new();
    if !arrows::allowed(from, to, dependency.kind.as_deref(), dependency.optional) {
        let kind = dependency.kind.as_deref().unwrap_or("normal");
        let optional = if dependency.optional {
            ", optional"
        } else {
            ""
        };
        found.push(format!("{from} -> {to} ({kind}{optional}): no such arrow; the allowed ones are in xtask/src/deps/arrows.rs"));
    }
    if dependency.uses_default_features {
        found.push(format!(
            "{from} -> {to}: needs `default-features = false`, or nobody can switch them off"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of all the packages named, the first of which has the one dependency.
    fn workspace(names: &[&str], dependency: &str) -> Metadata {
        let packages: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let lines = if at == 0 { dependency } else { "" };
                format!(r#"{{"name": "{name}", "dependencies": [{lines}], "targets": [], "metadata": null}}"#)
            })
            .collect();
        serde_json::from_str(&format!(
            r#"{{"packages": [{}], "target_directory": "target"}}"#,
            packages.join(",")
        ))
        .unwrap()
    }

    fn dependency(name: &str, kind: &str, optional: bool, defaults: bool) -> String {
        format!(
            r#"{{"name": "{name}", "kind": {kind}, "optional": {optional}, "uses_default_features": {defaults}}}"#
        )
    }

    #[test]
    fn an_allowed_arrow_is_silent() {
        let line = dependency("cache-core", "null", false, false);
        assert!(offences(&workspace(&["backend-moka", "cache-core"], &line)).is_empty());
    }

    #[test]
    fn a_forbidden_arrow_is_named_with_its_kind() {
        let line = dependency("backend-moka", "\"build\"", true, false);
        let found = offences(&workspace(&["backend-redis", "backend-moka"], &line));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("backend-redis -> backend-moka (build, optional): no such arrow")
        );
    }

    #[test]
    fn default_features_of_our_crates_are_refused() {
        let line = dependency("cache-core", "null", false, true);
        let found = offences(&workspace(&["backend-moka", "cache-core"], &line));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("default-features = false"));
    }

    #[test]
    fn a_crate_from_elsewhere_is_not_judged_here() {
        let line = dependency("moka", "null", false, true);
        assert!(offences(&workspace(&["backend-moka"], &line)).is_empty());
    }

    #[test]
    fn an_unknown_crate_is_asked_into_the_table() {
        let found = offences(&workspace(&["cache-magic"], ""));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("add it to the table"));
    }
}
