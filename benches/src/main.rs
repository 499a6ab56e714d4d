#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;

mod cost;
mod flights;
mod hits;
mod layers;
mod old_vs_new;
mod rounds;
mod shift;

mod on_redis;
mod on_sled;
mod pairs;

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

use serde::Serialize;

use crate::args::Command;
use crate::report::{Report, Row};

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
        Command::Flights(options) => {
            let (report, holds) = flights::run()?;
            return judged(&report, holds, options.json);
        }
        Command::Cost(options) => {
            let (report, holds) = cost::run()?;
            return judged(&report, holds, options.json);
        }
        Command::Redis(options) => {
            let (report, holds) = on_redis::run(options.rounds)?;
            return judged(&report, holds, options.json);
        }
        Command::Sled(options) => {
            let (report, holds) = on_sled::run(options.rounds)?;
            return judged(&report, holds, options.json);
        }
        Command::Layers(options) => {
            let (report, holds) = layers::run(options.rounds)?;
            return judged(&report, holds, options.json);
        }
        Command::OldVsNew { options, kills } => {
            let (report, holds) = old_vs_new::run(options.rounds, kills)?;
            return judged(&report, holds, options.json);
        }
        Command::Probe { name, look_ups } => cost::probe(&name, look_ups)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a report, then fails if it does not hold what was promised.
fn judged<Line>(report: &Report<Line>, holds: bool, json: bool) -> Result<ExitCode>
where
    Line: Row + Serialize,
{
    report::print(report, json)?;
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
