//! Keeps servers for the tests of one run: `cache-test-servers cluster|sentinel FILE`. Started by the tests themselves.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use integration_tests::keep;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let [kind, file] = words.as_slice() else {
        eprintln!("cache-test-servers cluster|sentinel FILE");
        return ExitCode::FAILURE;
    };
    match keep(kind, Path::new(file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
