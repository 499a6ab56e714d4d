//! `cargo xtask soak`: the long numbers, with a results file.
//!
//! The convention: a test whose path (binary, module or name) contains `soak` is compiled and run with every other
//! test, with small counts. With `CACHE_SOAK=1` in its environment it runs its full counts. A line that it prints
//! beginning with `SOAK ` is a result and goes into the file. The tests run one after another, in release, so that
//! one number does not disturb the next.

mod record;

use std::fs;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::Child;

use self::record::Record;
use crate::metadata::{self, Metadata};
use crate::{Result, machine, needs, process};

/// Runs them, writes the results file also when one fails, and answers the runner's exit code.
///
/// # Errors
///
/// The runner is missing or cannot be started, or the file cannot be written.
pub(crate) fn run() -> Result<u8> {
    if !needs::has_nextest() {
        return Err("soak runs need cargo-nextest: cargo install --locked cargo-nextest".into());
    }
    let workspace = metadata::load()?;
    let date = machine::date()?;
    let head = format!(
        "- machine: {}\n- commit: {}\n",
        machine::describe(),
        machine::commit()
    );
    let (mut child, output) = start(&workspace)?;
    let record = follow(output)?;
    let code = process::code(child.wait()?);
    let file = write(
        &workspace,
        &date,
        &format!("# Soak run of {date}\n\n{head}- exit code: {code}\n\n{record}"),
    )?;
    eprintln!("results: {}", file.display());
    Ok(code)
}

/// Starts the runner with both its streams, and so those of the tests, in one pipe.
fn start(workspace: &Metadata) -> Result<(Child, PipeReader)> {
    let (reader, writer) = io::pipe()?;
    let mut command = process::cargo([
        "nextest",
        "run",
        "--release",
        "--all-features",
        "--no-fail-fast",
    ]);
    command.args(["--color", "never", "--no-capture", "-E", &filter(workspace)]);
    command
        .args(workspace.selection())
        .env("CACHE_SOAK", "1")
        .stdout(writer.try_clone()?)
        .stderr(writer);
    // The command holds our ends of the pipe: it has to go, or the reader would wait for ever.
    Ok((command.spawn()?, reader))
}

/// Which tests are soak tests, in the language of the test runner; those of this very module are none. The runner
/// refuses to look for a binary where none is named so.
fn filter(workspace: &Metadata) -> String {
    let mut targets = workspace
        .packages
        .iter()
        .flat_map(|package| &package.targets);
    let binaries = targets.any(|target| target.name.contains("soak"));
    let paths = if binaries {
        "(test(soak) | binary(~soak))"
    } else {
        "test(soak)"
    };
    format!("{paths} & !package(xtask)")
}

/// Shows every line as it comes and keeps what the file is about.
fn follow(output: PipeReader) -> Result<Record> {
    let mut record = Record::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        record.read(&line);
    }
    Ok(record)
}

fn write(workspace: &Metadata, date: &str, text: &str) -> Result<PathBuf> {
    let folder = Path::new(&workspace.target_directory).join("soak");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{date}.md"));
    fs::write(&file, text)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_looked_for_where_one_is_named_so() {
        let workspace = |target: &str| {
            let text = format!(
                r#"{{"target_directory": "", "packages": [{{"name": "eve", "dependencies": [], "metadata": null,
                    "targets": [{{"name": "{target}", "kind": ["test"]}}]}}]}}"#
            );
            serde_json::from_str::<Metadata>(&text).unwrap()
        };
        assert_eq!(filter(&workspace("it")), "test(soak) & !package(xtask)");
        assert_eq!(
            filter(&workspace("fence_soak")),
            "(test(soak) | binary(~soak)) & !package(xtask)"
        );
    }
}
