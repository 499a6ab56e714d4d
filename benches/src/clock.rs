//! Two clocks: the time that passes, and the processor time that this thread was given.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Processor time of this thread: what other processes do to the machine plays little part in it.
    pub(crate) cpu: Duration,
    /// Time that passed.
    pub(crate) wall: Duration,
}

/// Does a piece of work and says what it took.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this package is for"
)]
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let (wall, cpu) = (Instant::now(), processor_time());
    let outcome = work();
    let spent = Spent {
        cpu: processor_time().saturating_sub(cpu),
        wall: wall.elapsed(),
    };
    (outcome, spent)
}

fn processor_time() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(tv_sec).unwrap_or(0),
        u32::try_from(tv_nsec).unwrap_or(0),
    )
}
