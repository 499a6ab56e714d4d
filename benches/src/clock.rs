//! Two clocks: the time that passes, and the processor time that this thread, or this process, was given.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Processor time of this thread, or of this process: what others do to the machine plays little part in it.
    pub(crate) cpu: Duration,
    /// Time that passed.
    pub(crate) wall: Duration,
}

/// Does a piece of work and says what it took.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    measure_by(ClockId::ThreadCPUTime, work)
}

/// The same, with the processor time of all threads of this process.
pub(crate) fn measure_all_threads<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    measure_by(ClockId::ProcessCPUTime, work)
}

#[expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this package is for"
)]
fn measure_by<T>(clock: ClockId, work: impl FnOnce() -> T) -> (T, Spent) {
    let (wall, cpu) = (Instant::now(), processor_time(clock));
    let outcome = work();
    let spent = Spent {
        cpu: processor_time(clock).saturating_sub(cpu),
        wall: wall.elapsed(),
    };
    (outcome, spent)
}

fn processor_time(clock: ClockId) -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    Duration::new(
        u64::try_from(tv_sec).unwrap_or(0),
        u32::try_from(tv_nsec).unwrap_or(0),
    )
}
