//! Reads the command line: few commands, few flags, so by hand.

use crate::Result;

/// What `cargo xtask --help` prints.
pub(crate) const HELP: &str = "\
The workspace's chores: cargo xtask <command>

  ci [--no-test]               everything CI checks, each step named and timed, with a summary at the end
                               (--no-test leaves out the tests, for a run that calls `test` itself)
  test [--install] [-- args]   doctests, then the tests and what servers they ran on; names what a machine lacks
                               (--install installs it; args go to the test runner, without doctests)
  soak                         the long numbers: tests whose path contains `soak`, with CACHE_SOAK=1, in release;
                               results in target/soak/<date>.md
  deps                         only the allowed arrows between crates, no forbidden crate in a tree
  sizes                        no file over 400 lines, no function over 60
  --help                       this list
";

/// A command with what was said about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Ci { test: bool },
    Test { install: bool, extra: Vec<String> },
    Soak,
    Deps,
    Sizes,
}

/// Reads the arguments after the program's name.
///
/// # Errors
///
/// Names the first word that no command knows.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Command> {
    let mut words: Vec<String> = args.collect();
    let dashes = words.iter().position(|word| word == "--");
    let extra = dashes.map(|at| words.split_off(at).split_off(1));
    let mut words = words.iter().map(String::as_str);
    let command = match words.next() {
        None | Some("--help" | "-h" | "help") => Command::Help,
        Some("ci") => Command::Ci { test: true },
        Some("test") => Command::Test {
            install: false,
            extra: Vec::new(),
        },
        Some("soak") => Command::Soak,
        Some("deps") => Command::Deps,
        Some("sizes") => Command::Sizes,
        Some(other) => return Err(format!("unknown command `{other}`\n\n{HELP}").into()),
    };
    let command = words.try_fold(command, flag)?;
    match (command, extra) {
        (Command::Test { install, .. }, Some(extra)) => Ok(Command::Test { install, extra }),
        (_, Some(_)) => Err("only `test` hands arguments on with `--`".into()),
        (command, None) => Ok(command),
    }
}

fn flag(command: Command, word: &str) -> Result<Command> {
    match (command, word) {
        (_, "--help" | "-h") => Ok(Command::Help),
        (Command::Ci { .. }, "--no-test") => Ok(Command::Ci { test: false }),
        (Command::Test { extra, .. }, "--install") => Ok(Command::Test {
            install: true,
            extra,
        }),
        (_, other) => Err(format!("unknown argument `{other}`\n\n{HELP}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_said_is_a_call_for_help() {
        assert_eq!(read("").unwrap(), Command::Help);
        assert_eq!(read("sizes --help").unwrap(), Command::Help);
    }

    #[test]
    fn flags_belong_to_their_command() {
        assert_eq!(read("ci --no-test").unwrap(), Command::Ci { test: false });
        assert!(read("ci --install").is_err());
        assert!(read("deps --no-test").is_err());
    }

    #[test]
    fn words_after_the_dashes_go_to_the_runner_unread() {
        let extra = vec!["--install".to_owned(), "--".to_owned(), "x".to_owned()];
        assert_eq!(
            read("test -- --install -- x").unwrap(),
            Command::Test {
                install: false,
                extra
            }
        );
        assert!(read("soak -- x").is_err());
    }

    #[test]
    fn an_unknown_command_is_named() {
        assert!(read("tset").unwrap_err().to_string().contains("`tset`"));
    }
}
