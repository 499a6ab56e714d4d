//! What every check of the kit is run in: a runtime of its own, panics of the backend caught, the size of a soak run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Runs a future on a runtime of its own; a panic is a failure.
pub(crate) fn on_runtime<T>(threads: bool, future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
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
