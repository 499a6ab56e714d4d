//! Looking into any store that a URL can name, below the facade: `get`, `put`, `del`, `ttl`, `scan`, `stats`, `ping`.
//!
//! Every command goes through [`Store`], which the URL opened, so a new backend needs no line here.

mod args;

mod key;
mod look;
mod store;

mod json_text;
mod out;
mod show;

mod del;
mod get;
mod ping;
mod put;
mod scan;
mod stats;
mod ttl;

use std::process::ExitCode;

use crate::fault::Fault;

pub(crate) use self::args::{Inspect, Place};
pub(crate) use self::out::Out;
pub(crate) use self::store::{Store, no_answer, settings};

/// What a command ends with, if nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The job was done, or something was found.
    Done,
    /// There was nothing.
    NotFound,
}

impl Answer {
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::NotFound => ExitCode::from(1),
        }
    }

    pub(crate) const fn found(is_found: bool) -> Self {
        if is_found { Self::Done } else { Self::NotFound }
    }
}

/// Runs a command. Who stops reading its output has had enough: that is no failure.
pub(crate) async fn run(command: &Inspect) -> Result<Answer, Fault> {
    let store = Store::open(command.place())?;
    let mut out = Out::new();
    let answer = act(command, &store, &mut out).await;
    // It ended at what nobody reads.
    let was_left = out.is_broken() && !command.changes();
    let written = out.finish();
    let closed = store.close().await;
    if was_left {
        return Ok(Answer::Done);
    }
    let answer = answer?;
    if command.changes() {
        out.unless_done(written);
        return closed.map(|()| answer);
    }
    written.and(closed).map(|()| answer)
}

async fn act(command: &Inspect, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    match command {
        Inspect::Get(arguments) => get::run(arguments, store, out).await,
        Inspect::Put(arguments) => put::run(arguments, store, out).await,
        Inspect::Del(arguments) => del::run(arguments, store, out).await,
        Inspect::Ttl(arguments) => ttl::run(arguments, store, out).await,
        Inspect::Scan(arguments) => scan::run(arguments, store, out).await,
        Inspect::Stats(arguments) => stats::run(arguments, store, out).await,
        Inspect::Ping(arguments) => ping::run(arguments, store, out).await,
    }
}

/// Tells on standard error, beside the answer.
pub(crate) fn tell(text: &str) {
    eprintln!("cachectl: {text}");
}
