//! Runs the examples that declare themselves runnable.
//!
//! A package declares them in its manifest, by the names of its `example` or `bin` targets; what is not declared
//! is compiled with everything else, but needs a server or an argument and is not run:
//!
//! ```toml
//! [package.metadata.xtask]
//! run = ["first_steps", "stale_while_revalidate"]
//! ```

use crate::metadata::{Metadata, Package, Target};
use crate::step::Outcome;
use crate::{Result, process};

/// Runs every declared example, in the order of the manifests, until one fails.
///
/// # Errors
///
/// A declaration names no target, or cargo cannot be started.
pub(crate) fn run(workspace: &Metadata) -> Result<Outcome> {
    let declared: Vec<Vec<String>> = workspace
        .packages
        .iter()
        .map(calls)
        .collect::<Result<Vec<_>>>()?
        .concat();
    if declared.is_empty() {
        eprintln!("no package declares a runnable example");
    }
    for call in declared {
        let code = process::stream(&mut process::cargo(call.iter().map(String::as_str)))?;
        if code != 0 {
            return Ok(Outcome::Failed(format!(
                "`cargo {}`: exit code {code}",
                call.join(" ")
            )));
        }
    }
    Ok(Outcome::Passed)
}

/// The calls of cargo that run a package's declared examples.
fn calls(package: &Package) -> Result<Vec<Vec<String>>> {
    let declared = package
        .metadata
        .pointer("/xtask/run")
        .and_then(serde_json::Value::as_array);
    let names = declared.into_iter().flatten().map(|name| {
        name.as_str()
            .ok_or("`package.metadata.xtask.run` holds names")
    });
    names.map(|name| call(package, name?)).collect()
}

fn call(package: &Package, name: &str) -> Result<Vec<String>> {
    let found = package
        .targets
        .iter()
        .find_map(|target| Some((target, flag(target, name)?)));
    let Some((target, flag)) = found else {
        return Err(format!(
            "{}: `package.metadata.xtask.run` names `{name}`, which is no example or binary",
            package.name
        )
        .into());
    };
    let mut words = ["run", "--quiet", "--package", &package.name, flag, name]
        .map(str::to_owned)
        .to_vec();
    if !target.required_features.is_empty() {
        words.extend(["--features".to_owned(), target.required_features.join(",")]);
    }
    Ok(words)
}

fn flag(target: &Target, name: &str) -> Option<&'static str> {
    let is = |kind: &str| target.name == name && target.kind.iter().any(|found| found == kind);
    match () {
        () if is("example") => Some("--example"),
        () if is("bin") => Some("--bin"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(run: &str) -> Package {
        let text = format!(
            r#"{{"name": "examples", "dependencies": [], "metadata": {{"xtask": {{"run": {run}}}}}, "targets": [
                {{"name": "first_steps", "kind": ["example"]}},
                {{"name": "shop", "kind": ["bin"], "required-features": ["redis", "derive"]}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn declared_examples_are_called_with_their_features() {
        let calls = calls(&package(r#"["first_steps", "shop"]"#)).unwrap();
        let lines: Vec<String> = calls.iter().map(|call| call.join(" ")).collect();
        let first = "run --quiet --package examples --example first_steps";
        let second = "run --quiet --package examples --bin shop --features redis,derive";
        assert_eq!(lines, [first, second]);
    }

    #[test]
    fn a_misspelt_declaration_is_an_error() {
        let error = calls(&package(r#"["frist_steps"]"#)).unwrap_err();
        assert!(error.to_string().contains("`frist_steps`"));
        assert!(calls(&package("[1]")).is_err());
    }

    #[test]
    fn nothing_declared_is_nothing_to_run() {
        let mut package = package("[]");
        assert!(calls(&package).unwrap().is_empty());
        package.metadata = serde_json::Value::Null;
        assert!(calls(&package).unwrap().is_empty());
    }
}
