//! What ran on which server, for the table at the end of `cargo xtask test`.
//!
//! Each test is a process of its own under some runners, so each appends its lines to one file: that of
//! `CACHE_TEST_RECORD`. Where the variable is not set, nothing is written.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use super::Unavailable;

/// Appends the line of a server that a test asked for: the store, the test, and the place or why there is none.
pub(crate) fn started(store: &str, place: Result<String, &Unavailable>) {
    let Some(file) = env::var_os("CACHE_TEST_RECORD") else {
        return;
    };
    let test = test();
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        // One call, so that the lines of parallel tests do not mix.
        .and_then(|mut file| file.write_all(line(store, &test, place).as_bytes()));
    if let Err(error) = written {
        eprintln!("CACHE_TEST_RECORD cannot be written: {error}");
    }
}

/// The program and, as the runner names the thread after it, the test.
fn test() -> String {
    let program = env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_stem);
    let program = program.unwrap_or_default().display();
    format!("{program} {}", thread::current().name().unwrap_or("?"))
}

fn line(store: &str, test: &str, place: Result<String, &Unavailable>) -> String {
    let (verdict, place) = match place {
        Ok(place) => ("ran", place),
        Err(why) => ("skipped", why.to_string()),
    };
    let fields = [store, verdict, test, &place].map(|field| field.replace(['\t', '\n'], " "));
    format!("{}\n", fields.join("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_four_fields_whatever_is_in_them() {
        let why = Unavailable::new("two\nlines\tand a tab");
        assert_eq!(
            line("redis alone", "a::b", Err(&why)),
            "redis alone\tskipped\ta::b\ttwo lines and a tab\n"
        );
        assert_eq!(
            line("redis alone", "a::b", Ok("url, 7.0".to_owned())),
            "redis alone\tran\ta::b\turl, 7.0\n"
        );
    }
}
