//! Clocks for tests: one that is moved by hand, and one that follows tokio's time, which a test can pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::{Clock, Judge, Timestamp};
use tokio::time::Instant;

/// A moment in 2027: where clocks for tests start if nothing else is said.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A clock that stands still until it is moved. Clones share the time.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_core::Clock;
/// use cache_testkit::ManualClock;
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now().since(before), Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Creates a clock that shows this moment.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(start.as_millis())))
    }

    /// Moves the clock forward, rounded up to a whole millisecond.
    pub fn advance(&self, by: Duration) {
        self.change(|now| now.after(by));
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, to: Timestamp) {
        self.change(|_| to);
    }

    /// Makes a judge that reads this clock, with the default tolerance of 5 minutes.
    #[must_use]
    pub fn judge(&self) -> Judge {
        Judge::new(Arc::new(self.clone()), Judge::DEFAULT_TOLERANCE)
    }

    fn change(&self, to: impl Fn(Timestamp) -> Timestamp) {
        let next = |now| Some(to(Timestamp::from_millis(now)).as_millis());
        // The update never answers `None`, so it cannot fail.
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }
}

impl Default for ManualClock {
    /// Starts at a fixed moment in 2027.
    fn default() -> Self {
        Self::new(START)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A clock that follows tokio's time: in a test with paused time, ages and waits move together.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_core::Clock;
/// use cache_testkit::PausedClock;
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
/// # runtime.block_on(async {
/// let clock = PausedClock::default();
/// let before = clock.now();
/// tokio::time::advance(Duration::from_secs(5)).await;
/// assert_eq!(clock.now().since(before), Duration::from_secs(5));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PausedClock {
    start: Timestamp,
    origin: Instant,
}

impl PausedClock {
    /// Creates a clock that shows `start` now, and goes on as tokio's time does.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            origin: Instant::now(),
        }
    }
}

impl Default for PausedClock {
    /// Starts at a fixed moment in 2027.
    fn default() -> Self {
        Self::new(START)
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        // `after` rounds up; ages are whole milliseconds that have passed.
        let passed = Instant::now().saturating_duration_since(self.origin);
        let whole = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        self.start.after(Duration::from_millis(whole))
    }
}
