//! `cargo xtask sizes`: no file and no function longer than a reader can hold.
//!
//! A file's lines are counted without its test modules, a function's are those between the braces of its body.
//! Files of tests may be longer, and what is in them or in test modules is not held to the function's limit.

mod measure;

use std::fs;
use std::path::{Component, Path};

use crate::{Result, process};

const FILE_LINES: usize = 400;
const TEST_FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;

/// Files that are not looked at, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "cache-testkit/tests/mutants/table.rs",
    "one table, a line per case and the fault that must fail it; cut in two it would have to be read side by side",
)];

/// Prints what is too long, as `path:line name lines`.
///
/// # Errors
///
/// Something is too long, a file is no Rust, or git cannot be asked.
pub(crate) fn run() -> Result {
    let mut offences = Vec::new();
    for path in files()? {
        let source = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        offences.extend(judge(&path, &source)?);
    }
    for offence in &offences {
        eprintln!("{offence}");
    }
    match offences.len() {
        0 => Ok(()),
        count => Err(format!("{count} too long (files: {FILE_LINES}, of tests: {TEST_FILE_LINES}, functions: {FUNCTION_LINES} lines)").into()),
    }
}

/// The Rust files that git tracks or would offer to, if they are still there and no exception.
fn files() -> Result<Vec<String>> {
    let mut git = process::program(&[
        "git",
        "ls-files",
        "-co",
        "--exclude-standard",
        "-z",
        "--",
        "*.rs",
    ])?;
    let listed = process::output(&mut git)?;
    let mut paths: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    paths.retain(|path| {
        Path::new(path).is_file() && !EXCEPTIONS.iter().any(|(excepted, _)| excepted == path)
    });
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The offences of one file.
fn judge(path: &str, source: &str) -> Result<Vec<String>> {
    if is_test_file(Path::new(path)) {
        // Not read as Rust: it may be a sample that is not meant to compile.
        return Ok(over(
            path,
            1,
            "(file of tests)",
            source.lines().count(),
            TEST_FILE_LINES,
        )
        .into_iter()
        .collect());
    }
    let measured = measure::measure(source).map_err(|error| format!("{path}: {error}"))?;
    let mut found: Vec<String> = over(path, 1, "(file)", measured.lines, FILE_LINES)
        .into_iter()
        .collect();
    found.extend(measured.functions.iter().filter_map(|function| {
        over(
            path,
            function.line,
            &function.name,
            function.lines,
            FUNCTION_LINES,
        )
    }));
    Ok(found)
}

fn over(path: &str, line: usize, name: &str, lines: usize, limit: usize) -> Option<String> {
    (lines > limit).then(|| format!("{path}:{line} {name} {lines}"))
}

/// A file in a folder `tests`, or the `tests.rs` of a module.
fn is_test_file(path: &Path) -> bool {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let in_tests = folders
        .filter(|part| *part == Component::Normal("tests".as_ref()))
        .count()
        > 0;
    in_tests || path.file_name().is_some_and(|name| name == "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function whose body has so many lines.
    fn function(name: &str, lines: usize) -> String {
        format!("fn {name}() {{\n{}}}\n", "    step();\n".repeat(lines))
    }

    #[test]
    fn a_file_at_the_limit_passes_and_one_line_more_does_not() {
        assert!(
            judge("a/src/b.rs", &"//\n".repeat(FILE_LINES))
                .unwrap()
                .is_empty()
        );
        let found = judge("a/src/b.rs", &"//\n".repeat(FILE_LINES + 1)).unwrap();
        assert_eq!(found, ["a/src/b.rs:1 (file) 401"]);
    }

    #[test]
    fn a_function_at_the_limit_passes_and_one_line_more_does_not() {
        assert!(
            judge("b.rs", &function("fits", FUNCTION_LINES))
                .unwrap()
                .is_empty()
        );
        let source = format!("\n\n{}", function("long", FUNCTION_LINES + 1));
        assert_eq!(judge("b.rs", &source).unwrap(), ["b.rs:3 long 61"]);
    }

    #[test]
    fn files_of_tests_have_a_limit_of_their_own() {
        for path in ["a/tests/it.rs", "a/tests/it/deep.rs", "a/src/part/tests.rs"] {
            assert!(
                judge(path, &"not rust\n".repeat(TEST_FILE_LINES))
                    .unwrap()
                    .is_empty(),
                "{path}"
            );
            assert_eq!(
                judge(path, &"//\n".repeat(TEST_FILE_LINES + 1))
                    .unwrap()
                    .len(),
                1,
                "{path}"
            );
        }
        assert_eq!(
            judge(
                "integration-tests/src/lib.rs",
                &"//\n".repeat(FILE_LINES + 1)
            )
            .unwrap()
            .len(),
            1
        );
    }

    #[test]
    fn a_file_that_is_no_rust_is_an_error_with_its_name() {
        assert!(
            judge("a/src/b.rs", "fn (")
                .unwrap_err()
                .to_string()
                .starts_with("a/src/b.rs: ")
        );
    }
}
