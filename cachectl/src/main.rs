#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod fault;
mod inspect;
mod legacy;
mod progress;
mod replay;
mod usage;
mod version;

use std::process::ExitCode;

use args::{Arguments, Command};
use fault::Fault;
use inspect::Answer;

fn main() -> ExitCode {
    match usage::read(std::env::args_os()) {
        Ok(arguments) => run(&arguments),
        Err(code) => code,
    }
}

fn run(arguments: &Arguments) -> ExitCode {
    // One thread: look-ups, client and stand-in take turns, and no answer waits for another thread to wake up.
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("cannot start the runtime").because(error))
        .and_then(|runtime| match &arguments.command {
            Command::Replay(replay) => runtime.block_on(replay::run(replay)).map(|()| Answer::Done),
            Command::Inspect(inspect) => runtime.block_on(inspect::run(inspect)),
            Command::Version(version) => runtime.block_on(version::run(version)),
        });
    match outcome {
        Ok(answer) => answer.exit_code(),
        Err(fault) => {
            eprintln!("cachectl: {}", fault.chain());
            ExitCode::from(fault.code())
        }
    }
}
