//! The workspace's own chores, run as `cargo xtask <command>`.
//!
//! Each command is one module; everything that decides something is a plain function over data, and only
//! [`process`] starts programs. What is not here on purpose: anything a library or a test needs to run.

mod args;
mod ci;
mod deps;
mod sizes;
mod soak;
mod test;

mod examples;
mod machine;
mod metadata;
mod needs;
mod process;
mod step;
mod stores;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use crate::args::Command;

/// The one result of this program; errors are read by people, so they are boxed early.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command asked for, from the workspace's root, and answers the exit code.
fn run() -> Result<u8> {
    let command = args::parse(env::args().skip(1))?;
    enter_root()?;
    match command {
        Command::Help => {
            print!("{}", args::HELP);
            Ok(0)
        }
        Command::Ci { test } => ci::run(test),
        Command::Test { install, extra } => test::run(install, &extra),
        Command::Soak => soak::run(),
        Command::Deps => deps::run().map(|()| 0),
        Command::Sizes => sizes::run().map(|()| 0),
    }
}

/// Every path in this program is relative to the root; cargo says where this package lies when it runs it.
fn enter_root() -> Result {
    if let Some(package) = env::var_os("CARGO_MANIFEST_DIR")
        && let Some(root) = Path::new(&package).parent()
    {
        env::set_current_dir(root)?;
    }
    Ok(())
}
