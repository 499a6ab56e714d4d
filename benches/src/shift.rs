//! One shift: one contender, on one or more threads that begin at the same moment.

use std::sync::Barrier;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::clock::{Spent, measure};
use crate::contender::Contender;
use crate::workload::Draw;

/// What one look-up took in a shift, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Processor time, all threads' together over all threads' look-ups.
    pub(crate) cpu: f64,
    /// Time that passed for one thread.
    pub(crate) wall: f64,
}

/// Every thread first makes this part of its look-ups unmeasured: another contender had the processor's caches before.
const WARM_UP: usize = 4;

/// Runs a shift: each list of draws on a thread of its own.
///
/// # Errors
/// If a look-up fails, or does not find the right value.
pub(crate) fn run(contender: &dyn Contender, lists: &[&[Draw<'_>]]) -> Result<Cost> {
    let start = Barrier::new(lists.len());
    let outcomes: Vec<Result<Spent>> = thread::scope(|scope| {
        let threads: Vec<_> = lists
            .iter()
            .map(|draws| scope.spawn(|| on_thread(contender, draws, &start)))
            .collect();
        threads
            .into_iter()
            .map(|thread| joined(thread.join()))
            .collect()
    });
    let (mut cpu, mut wall) = (0.0, 0.0);
    for outcome in outcomes {
        let spent = outcome?;
        cpu += nanos(spent.cpu);
        wall += nanos(spent.wall);
    }
    let look_ups = count(lists.iter().map(|draws| draws.len()).sum());
    Ok(Cost {
        cpu: cpu / look_ups,
        wall: wall / look_ups,
    })
}

fn on_thread(contender: &dyn Contender, draws: &[Draw<'_>], start: &Barrier) -> Result<Spent> {
    let prepared = prepare(contender, draws);
    // Also after a failure: the other threads wait here.
    start.wait();
    let runtime = prepared?;
    let (right, spent) = measure(|| contender.look_up(draws, &runtime));
    check(contender, right?, draws.len())?;
    Ok(spent)
}

/// Makes the thread's runtime, and its first look-ups.
fn prepare(contender: &dyn Contender, draws: &[Draw<'_>]) -> Result<Runtime> {
    let runtime = runtime()?;
    let (first, _) = draws.split_at(draws.len() / WARM_UP);
    check(contender, contender.look_up(first, &runtime)?, first.len())?;
    Ok(runtime)
}

fn check(contender: &dyn Contender, right: usize, asked: usize) -> Result {
    if right == asked {
        return Ok(());
    }
    let name = contender.name();
    Err(format!("{name}: {asked} look-ups found the right value {right} times").into())
}

fn joined<T>(outcome: thread::Result<Result<T>>) -> Result<T> {
    outcome.unwrap_or_else(|_| Err("a thread panicked; its message is above".into()))
}

/// Makes the runtime that an asynchronous contender is driven by: the thread's own, without workers.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2^53 nanoseconds are a hundred days"
)]
fn nanos(duration: std::time::Duration) -> f64 {
    duration.as_nanos() as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}
