#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;

mod cost;
mod hits;
mod rounds;
mod shift;

mod contender;
mod contenders;
mod pilot;
mod workload;

mod clock;
mod random;
mod statistics;

mod report;
mod table;

use std::error::Error;
use std::process::ExitCode;

use crate::args::Command;

/// The one result of this program; errors are read by people, so they are boxed early.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cache-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    match args::parse(std::env::args().skip(1))? {
        Command::Help => print!("{}", args::HELP),
        Command::Hits(options) => report::print(&hits::run(options.rounds)?, options.json)?,
        Command::Cost(options) => {
            let (report, within_budgets) = cost::run()?;
            report::print(&report, options.json)?;
            if !within_budgets {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Probe { name, look_ups } => cost::probe(&name, look_ups)?,
    }
    Ok(ExitCode::SUCCESS)
}
