#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod fault;
mod replay;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread: look-ups, client and stand-in take turns, and no answer waits for another thread to wake up.
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| fault::Fault::new("cannot start the runtime").because(error))
        .and_then(|runtime| match &arguments.command {
            Command::Replay(replay) => runtime.block_on(replay::run(replay)),
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("cachectl: {}", fault.chain());
            ExitCode::FAILURE
        }
    }
}
