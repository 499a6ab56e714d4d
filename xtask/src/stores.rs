//! Which servers the tests on Redis ran on: the table after the tests, and the image of a container before them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::metadata::Metadata;
use crate::{Result, process};

/// The stores that every machine can run.
const STORES: &[&str] = &[
    "redis alone",
    "redis cluster",
    "redis sentinel",
    "redis tls",
];

/// The stores that a machine may lack.
const OPTIONAL: &[&str] = &["valkey alone"];

/// Images that the tests look for, as `integration-tests` names them.
const IMAGES: &[&str] = &["redis:8", "cache-test-redis:local"];

const MAKE_IMAGE: &str = "integration-tests/images/make-redis-image.sh";

/// Whether the tests have to run on containers.
pub(crate) fn wants_container() -> bool {
    env::var_os("CACHE_TEST_REDIS").is_some_and(|way| way == "container")
}

/// Makes the image of the containers, if they are asked for, no image is named, and none of the usual ones is there. In CI
/// they are asked for wherever there is a daemon, by the tests of the containers themselves.
///
/// # Errors
///
/// The image cannot be made.
pub(crate) fn make_image() -> Result {
    let wanted = wants_container() || (process::in_ci() && has_daemon()?);
    if !wanted || env::var_os("CACHE_TEST_REDIS_IMAGE").is_some() {
        return Ok(());
    }
    for image in IMAGES {
        if process::succeeds(&mut process::program(&[
            "docker", "image", "inspect", image,
        ])?) {
            return Ok(());
        }
    }
    match process::stream(&mut process::program(&["sh", MAKE_IMAGE])?)? {
        0 => Ok(()),
        code => Err(format!("{MAKE_IMAGE}: exit code {code}").into()),
    }
}

fn has_daemon() -> Result<bool> {
    let mut asked = process::program(&["docker", "version"])?;
    Ok(process::succeeds(&mut asked))
}

/// The file that tests append a line to for each server that they ask for.
#[derive(Debug)]
pub(crate) struct Record(PathBuf);

impl Record {
    /// Begins an empty file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn begin(workspace: &Metadata) -> Result<Self> {
        let folder = Path::new(&workspace.target_directory);
        fs::create_dir_all(folder)?;
        let file = folder.join("test-stores.tsv");
        fs::write(&file, "")?;
        Ok(Self(file))
    }

    /// Tells the tests where it is.
    pub(crate) fn hand_to(&self, command: &mut Command) {
        command.env("CACHE_TEST_RECORD", &self.0);
    }

    /// Prints the table, and answers whether all is well: where all stores are asked for, each has to have run.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(crate) fn end(self, all: bool) -> Result<bool> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let lines = table(&text);
        eprintln!("\nstores: tests, and what they ran on");
        for line in &lines {
            eprintln!("  {line}");
        }
        let missing = missing(&text);
        if all && !missing.is_empty() {
            eprintln!("no test ran on: {}", missing.join(", "));
        }
        Ok(!all || missing.is_empty())
    }
}

/// One server that one test asked for.
struct Line<'a> {
    store: &'a str,
    ran: bool,
    test: &'a str,
    place: &'a str,
}

/// Lines that are none are left out: a test may have been ended while it wrote.
fn read(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let (store, verdict) = (fields.next()?, fields.next()?);
        Some(Line {
            store,
            ran: verdict == "ran",
            test: fields.next()?,
            place: fields.next()?,
        })
    })
}

/// A row for each store and place; a test counts once, however many servers it takes.
fn table(text: &str) -> Vec<String> {
    let mut rows: BTreeMap<(&str, bool, &str), BTreeSet<&str>> = BTreeMap::new();
    for line in read(text) {
        let row = rows.entry((line.store, line.ran, line.place)).or_default();
        row.insert(line.test);
    }
    let mut lines: Vec<String> = rows
        .iter()
        .map(|((store, ran, place), tests)| {
            let verb = if *ran { "ran" } else { "could not run" };
            format!("{store:<16}{:>5} {verb}: {place}", tests.len())
        })
        .collect();
    let named = STORES.iter().chain(OPTIONAL);
    let silent = named.filter(|store| !rows.keys().any(|(found, ..)| found == *store));
    lines.extend(silent.map(|store| format!("{store:<16}    0 ran")));
    lines
}

/// The stores that should have run and did not.
fn missing(text: &str) -> Vec<&'static str> {
    let ran: BTreeSet<&str> = read(text)
        .filter(|line| line.ran)
        .map(|line| line.store)
        .collect();
    let mut missing = STORES.to_vec();
    missing.retain(|store| !ran.contains(store));
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "redis alone\tran\tredis a\tlocal process, 7.0\n\
                        redis alone\tran\tredis a\tlocal process, 7.0\n\
                        redis alone\tran\tredis b\tlocal process, 7.0\n\
                        redis tls\tskipped\tredis c\tno server\n\
                        cut off";

    #[test]
    fn a_row_counts_each_test_once_and_a_silent_store_is_named() {
        let expected = [
            "redis alone         2 ran: local process, 7.0",
            "redis tls           1 could not run: no server",
            "redis cluster       0 ran",
            "redis sentinel      0 ran",
            "valkey alone        0 ran",
        ];
        assert_eq!(table(TEXT), expected);
    }

    #[test]
    fn a_store_on_which_every_test_was_skipped_did_not_run() {
        assert_eq!(
            missing(TEXT),
            ["redis cluster", "redis sentinel", "redis tls"]
        );
    }
}
