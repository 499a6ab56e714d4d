//! Where and when a measurement was made: numbers without it cannot be compared.

use std::fs;
use std::thread;

use crate::{Result, process};

/// The moment in UTC, in a form that sorts and that a file can be named after.
///
/// # Errors
///
/// `date` cannot be run.
pub(crate) fn date() -> Result<String> {
    said(&["date", "-u", "+%Y-%m-%dT%H%M%SZ"])
}

/// Processor, cores and kernel; a part that cannot be found out is `unknown`.
pub(crate) fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| model(&text))
        .unwrap_or_else(unknown);
    let cores =
        thread::available_parallelism().map_or_else(|_| unknown(), |cores| cores.to_string());
    let kernel = said(&["uname", "-sr"]).unwrap_or_else(|_| unknown());
    format!("{cpu}, {cores} cores, {kernel}")
}

/// The commit, and whether the files still are the commit's.
pub(crate) fn commit() -> String {
    let commit = said(&["git", "rev-parse", "HEAD"]).unwrap_or_else(|_| "no commit".to_owned());
    match said(&["git", "status", "--porcelain"]).as_deref() {
        Ok("") => commit,
        Ok(_) => format!("{commit} with local changes"),
        Err(_) => format!("{commit}, local changes {}", unknown()),
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn said(line: &[&str]) -> Result<String> {
    Ok(process::output(&mut process::program(line)?)?
        .trim()
        .to_owned())
}

/// The first processor's name in the text of `/proc/cpuinfo`.
fn model(cpuinfo: &str) -> Option<String> {
    let (_, name) = cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(field, _)| field.trim() == "model name")?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_names_the_machine() {
        let text = "processor\t: 0\nmodel name\t: Abacus 3: the sequel\n\nprocessor\t: 1\nmodel name\t: other\n";
        assert_eq!(model(text).as_deref(), Some("Abacus 3: the sequel"));
        assert_eq!(model("processor : 0\n"), None);
    }
}
