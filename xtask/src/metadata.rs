//! What `cargo metadata` says about the workspace's own packages, as far as a command here asks.

use serde::Deserialize;

use crate::{Result, process};

/// The package of the benchmarks: it needs a newer compiler than the rest and compiles heavy peers, so only a
/// person who measures builds it.
pub(crate) const BENCHES: &str = "cache-bench";

/// The workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: String,
}

/// One of our packages.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    /// The manifest's `[package.metadata]`, null when there is none.
    pub(crate) metadata: serde_json::Value,
}

/// A line of a manifest's dependency tables.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` is a normal dependency.
    pub(crate) kind: Option<String>,
    pub(crate) optional: bool,
    pub(crate) uses_default_features: bool,
}

/// A library, binary, example or test of a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    #[serde(default, rename = "required-features")]
    pub(crate) required_features: Vec<String>,
}

/// Asks cargo; only about the workspace, so nothing is resolved or fetched.
///
/// # Errors
///
/// Cargo fails, for example over a manifest it cannot read.
pub(crate) fn load() -> Result<Metadata> {
    let text = process::output(&mut process::cargo([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
    ]))?;
    Ok(serde_json::from_str(&text)?)
}

impl Metadata {
    /// The arguments that select what is built every day: all packages but the benchmarks.
    pub(crate) fn selection(&self) -> Vec<&str> {
        let benches = self.packages.iter().any(|package| package.name == BENCHES);
        let mut words = vec!["--workspace"];
        if benches {
            words.extend(["--exclude", BENCHES]);
        }
        words
    }

    /// The names of the packages with a library, the benchmarks left out.
    pub(crate) fn libraries(&self) -> Vec<&str> {
        let everyday = self
            .packages
            .iter()
            .filter(|package| package.name != BENCHES);
        everyday
            .filter(|package| package.targets.iter().any(Target::is_library))
            .map(|package| package.name.as_str())
            .collect()
    }
}

impl Target {
    fn is_library(&self) -> bool {
        self.kind
            .iter()
            .any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "proc-macro"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, kind: &str) -> Package {
        let target = Target {
            name: name.to_owned(),
            kind: vec![kind.to_owned()],
            required_features: Vec::new(),
        };
        Package {
            name: name.to_owned(),
            dependencies: Vec::new(),
            targets: vec![target],
            metadata: serde_json::Value::Null,
        }
    }

    #[test]
    fn benches_are_neither_selected_nor_a_library() {
        let packages = vec![
            package("cache-core", "lib"),
            package("cache-derive", "proc-macro"),
            package("xtask", "bin"),
            package(BENCHES, "lib"),
        ];
        let metadata = Metadata {
            packages,
            target_directory: String::new(),
        };
        assert_eq!(metadata.selection(), ["--workspace", "--exclude", BENCHES]);
        assert_eq!(metadata.libraries(), ["cache-core", "cache-derive"]);
    }

    #[test]
    fn nothing_is_excluded_that_is_not_there() {
        let metadata = Metadata {
            packages: vec![package("cache-core", "lib")],
            target_directory: String::new(),
        };
        assert_eq!(metadata.selection(), ["--workspace"]);
    }
}
