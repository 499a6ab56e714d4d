//! Pairs: the full stack against the store's client alone, the same work in the same round.
//!
//! Here is what does not depend on the store. Each store has a module of its own with its two sides, and with the scenes
//! that are played on it.

mod acts;
mod bootstrap;
mod duel;
mod full_stack;
mod lines;
mod record;
mod side;

use tokio::runtime::{Builder, Runtime};

use crate::Result;

pub(crate) use acts::{ACTS, TIMES, act};
pub(crate) use duel::{Cost, Duel, Outcome, Ratio};
pub(crate) use full_stack::Stack;
pub(crate) use lines::{Line, add_lines, add_ratio};
pub(crate) use record::{Record, Sheet, Stock};
pub(crate) use side::{Operation, Scene, Side};

/// How many threads run the tasks of both sides.
pub(crate) const WORKERS: usize = 2;

/// Makes the runtime that both sides share.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?)
}
