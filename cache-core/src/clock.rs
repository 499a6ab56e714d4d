//! Ages: milliseconds since the Unix epoch, read through a clock that tests can replace.
//! Not here: waits (timeouts, retries, sweeps), which are tokio time.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in milliseconds since the Unix epoch (UTC). Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The Unix epoch; also what an unset time holds.
    pub const ZERO: Self = Self(0);
    /// Later than every moment: an entry that never ends.
    pub const NEVER: Self = Self(u64::MAX);

    /// Makes a moment of milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the moment `by` later, rounded up to a whole millisecond, at most [`Timestamp::NEVER`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::Timestamp;
    /// let start = Timestamp::from_millis(1_000);
    /// assert_eq!(start.after(Duration::from_micros(1)), Timestamp::from_millis(1_001));
    /// assert_eq!(start.after(Duration::MAX), Timestamp::NEVER);
    /// ```
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(by)))
    }

    /// Returns how long `earlier` lies back, zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Whole milliseconds, rounded up, so that a time to live is never shorter than asked.
pub(crate) fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Tells the time that ages are judged by.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// Reads the time precisely: for writes.
    fn now(&self) -> Timestamp;

    /// Reads the time at most 5 ms late: for hits, where a precise reading costs more than the rest of the bookkeeping.
    fn coarse(&self) -> Timestamp {
        self.now()
    }
}

/// The machine's clock. On Linux, coarse readings come from `CLOCK_REALTIME_COARSE` where its resolution is 5 ms or better.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    coarse_is_fine_enough: bool,
}

impl SystemClock {
    /// Creates the clock and asks the system once how coarse its coarse clock is.
    #[must_use]
    pub fn new() -> Self {
        Self {
            coarse_is_fine_enough: system::coarse_resolution() <= Duration::from_millis(5),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else reads"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn coarse(&self) -> Timestamp {
        if self.coarse_is_fine_enough {
            system::coarse()
        } else {
            self.now()
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::{Duration, Timestamp};
    use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

    pub(super) fn coarse_resolution() -> Duration {
        let Timespec { tv_sec, tv_nsec } = clock_getres(ClockId::RealtimeCoarse);
        Duration::from_secs(u64::try_from(tv_sec).unwrap_or(u64::MAX))
            + Duration::from_nanos(u64::try_from(tv_nsec).unwrap_or(0))
    }

    pub(super) fn coarse() -> Timestamp {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::RealtimeCoarse);
        let millis = u64::try_from(tv_sec).unwrap_or(0).saturating_mul(1_000);
        Timestamp(millis.saturating_add(u64::try_from(tv_nsec).unwrap_or(0) / 1_000_000))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Duration, Timestamp};

    /// No coarse clock is known here: every reading is precise.
    pub(super) fn coarse_resolution() -> Duration {
        Duration::MAX
    }

    pub(super) fn coarse() -> Timestamp {
        Timestamp::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_is_at_most_ten_ms_behind_and_never_ahead() {
        let clock = SystemClock::new();
        for _ in 0..1_000 {
            let before = clock.now();
            let coarse = clock.coarse();
            let after = clock.now();
            assert!(coarse <= after);
            // 5 ms of resolution; a machine that stalls between the readings gets as much again.
            assert!(before.since(coarse) <= Duration::from_millis(10) + after.since(before));
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(
            Timestamp::NEVER.after(Duration::from_secs(1)),
            Timestamp::NEVER
        );
        assert_eq!(Timestamp::ZERO.since(Timestamp::NEVER), Duration::ZERO);
    }
}
