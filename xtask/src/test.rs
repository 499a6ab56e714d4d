//! `cargo xtask test`: everything a test needs, then the tests, the runner's own summary last.

use crate::metadata::{self, Metadata};
use crate::{Result, needs, process, stores};

/// Runs doctests, then the tests, and answers the exit code of what failed.
///
/// The doctests come first so that the summary at the end is that of the tests. Arguments in `extra` narrow the
/// tests or are meant for their runner, which the doctests do not share, so then these are left out.
///
/// # Errors
///
/// Something obligatory is missing, or cargo cannot be started.
pub(crate) fn run(install: bool, extra: &[String]) -> Result<u8> {
    needs::prepare(needs::NEEDS, install)?;
    let workspace = metadata::load()?;
    let doctests = if extra.is_empty() {
        doctests(&workspace)?
    } else {
        0
    };
    stores::make_image()?;
    let record = stores::Record::begin(&workspace)?;
    let tests = tests(&workspace, extra, &record)?;
    // A choice of tests leaves stores out on purpose.
    let whole = extra.is_empty() && process::in_ci();
    let stores = u8::from(!record.end(whole)?);
    if doctests != 0 {
        eprintln!("the doctests above failed (exit code {doctests})");
    }
    let codes = [tests, doctests, stores];
    Ok(codes.into_iter().find(|code| *code != 0).unwrap_or(0))
}

fn doctests(workspace: &Metadata) -> Result<u8> {
    let mut command = process::cargo(["test", "--doc", "--all-features", "--no-fail-fast"]);
    process::stream(command.args(workspace.selection()))
}

fn tests(workspace: &Metadata, extra: &[String], record: &stores::Record) -> Result<u8> {
    let mut command = if needs::has_nextest() {
        process::cargo(["nextest", "run", "--all-features", "--no-fail-fast"])
    } else {
        process::cargo(["test", "--tests", "--all-features", "--no-fail-fast"])
    };
    record.hand_to(&mut command);
    process::stream(command.args(workspace.selection()).args(extra))
}
