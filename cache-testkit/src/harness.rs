//! What every check of the kit is run in: a runtime of its own, panics of the backend caught, the size of a soak run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::{Failure, Outcome, Setup};

/// Says whether the long numbers are asked for: `CACHE_SOAK=1`.
pub(crate) fn is_soak() -> bool {
    std::env::var_os("CACHE_SOAK").is_some_and(|value| value == "1")
}

/// Says whether a backend cannot be tested here, and so loudly; where `CI` is set that is a failure.
#[track_caller]
pub(crate) fn is_unavailable<S: Setup>(setup: &S) -> bool {
    let Some(reason) = setup.unavailable() else {
        return false;
    };
    if std::env::var_os("CI").is_some() {
        demand(Err(Failure::new(format!(
            "not available, and `CI` is set: {reason}"
        ))));
    }
    eprintln!("SKIPPED: {reason}");
    true
}

/// Turns a failure into a failed test.
#[track_caller]
#[expect(clippy::panic, reason = "that is how a test fails")]
pub(crate) fn demand(outcome: Outcome) {
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Runs a future on a runtime of its own; a panic is a failure, and so is no end within the deadline.
///
/// The runtime has a thread of its own, so that a backend that spins, and never lets a timer fire, is found as well. What
/// hangs is left behind: the process of a test does not live long.
pub(crate) fn on_runtime<T: Send + 'static>(
    threads: bool,
    deadline: Duration,
    future: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    let (answer, answered) = mpsc::channel();
    thread::Builder::new()
        .spawn(move || {
            // Nobody listens after the deadline.
            let _ = answer.send(run_to_end(threads, future));
        })
        .map_err(|error| Failure::new(format!("no thread can be started: {error}")))?;
    match answered.recv_timeout(deadline) {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(format!("it did not end within {deadline:?}"))),
    }
}

fn run_to_end<T>(threads: bool, future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = runtime(threads)
        .map_err(|error| Failure::new(format!("no runtime can be made: {error}")))?;
    let caught = catch_unwind(AssertUnwindSafe(|| runtime.block_on(future)));
    // Blocking work of a backend that hangs must not keep the test from ending.
    runtime.shutdown_background();
    caught.unwrap_or_else(|panic| Err(Failure::new(panic_message(panic.as_ref()))))
}

pub(crate) fn runtime(threads: bool) -> std::io::Result<Runtime> {
    if threads {
        Builder::new_multi_thread()
            .worker_threads(4)
            .enable_all()
            .build()
    } else {
        Builder::new_current_thread().enable_all().build()
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("(no message)"))
}
