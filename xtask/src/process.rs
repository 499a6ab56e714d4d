//! Starts other programs; the only place that does.

use std::env;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::Result;

/// A call of the cargo that runs this program.
pub(crate) fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// A call of any program, its name first.
///
/// # Errors
///
/// The line is empty.
pub(crate) fn program(line: &[&str]) -> Result<Command> {
    let (name, args) = line.split_first().ok_or("an empty command line")?;
    let mut command = Command::new(name);
    command.args(args);
    Ok(command)
}

/// Says what is run, runs it with its output streaming through, and answers its exit code.
///
/// # Errors
///
/// The program cannot be started.
pub(crate) fn stream(command: &mut Command) -> Result<u8> {
    eprintln!("$ {}", line_of(command));
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", line_of(command)))?;
    Ok(code(status))
}

/// Runs a program and answers what it printed.
///
/// # Errors
///
/// The program cannot be started or fails; its own words are in the message.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command
        .output()
        .map_err(|error| format!("{}: {error}", line_of(command)))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("{} failed:\n{said}", line_of(command)).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// Whether a program can be started and succeeds, its output thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether cargo knows a subcommand. Asking it, and not the search path, also finds cargo's own folder.
pub(crate) fn has_subcommand(name: &str) -> bool {
    succeeds(&mut cargo([name, "--version"]))
}

/// Whether a program of this name lies on the search path.
pub(crate) fn on_path(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// CI says so itself in the variable `CI`.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// The exit code of a finished program; 1 stands for a death by signal.
pub(crate) fn code(status: ExitStatus) -> u8 {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}

/// A command as one would type it, with the environment it adds.
fn line_of(command: &Command) -> String {
    let added = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut words: Vec<String> = added
        .map(|(name, value)| format!("{}='{}'", name.display(), value.display()))
        .collect();
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_else(|| command.get_program());
    words.push(name.to_string_lossy().into_owned());
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = program(&["/usr/bin/env", "true"]).unwrap();
        command.env("A", "b c");
        assert_eq!(line_of(&command), "A='b c' env true");
    }

    #[test]
    fn a_missing_program_is_no_success() {
        assert!(!succeeds(
            &mut program(&["no-such-program-anywhere"]).unwrap()
        ));
        assert!(!on_path("no-such-program-anywhere"));
        assert!(program(&[]).is_err());
    }
}
