//! Reading the arguments. What is wrong with them is told without the password that a misplaced URL holds.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Arguments;

/// Reads the arguments.
///
/// # Errors
/// The exit code, after help, version or what is wrong was printed.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, ExitCode> {
    let arguments: Vec<_> = arguments.collect();
    Arguments::try_parse_from(&arguments).map_err(|error| {
        let text = without_urls(&error.to_string(), &arguments);
        if error.use_stderr() {
            eprint!("{text}");
            return ExitCode::from(2);
        }
        // Who reads the help may have read enough.
        let _ = std::io::stdout().write_all(text.as_bytes());
        ExitCode::SUCCESS
    })
}

/// Takes out every argument, and every value after a `=`, that may be a URL with a password: its place is wrong.
fn without_urls(text: &str, arguments: &[OsString]) -> String {
    let words = arguments.iter().filter_map(|argument| argument.to_str());
    let values = words
        .clone()
        .filter_map(|word| word.split_once('=').map(|(_, value)| value));
    let urls = words.chain(values);
    urls.filter(|word| word.contains(':') && word.contains('@'))
        .fold(text.to_owned(), |text, url| text.replace(url, "<URL>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_url_is_not_repeated() {
        for words in [
            ["cachectl", "ping", "redis://:hunter2@h"],
            ["cachectl", "ping", "--json=redis://:hunter2@h"],
        ] {
            let arguments = words.map(OsString::from);
            let error = Arguments::try_parse_from(&arguments).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("hunter2"), "{text}");
            let text = without_urls(&text, &arguments);
            assert!(
                text.contains("<URL>") && !text.contains("hunter2"),
                "{text}"
            );
        }
    }
}
