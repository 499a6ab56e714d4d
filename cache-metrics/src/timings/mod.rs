//! How long operations took.

mod latency;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::striped;
use hdrhistogram::Histogram;

pub use latency::Latency;

/// Threads that record at the same time are spread over so many histograms.
const STRIPES: usize = 4;
/// What took longer counts as this long.
const LONGEST: Duration = Duration::from_secs(60);
/// Significant decimal digits: a quantile is at most 1 % off.
const DIGITS: u8 = 2;

/// Durations of one kind of operation, from a nanosecond to a minute, as counts of what is alike in two digits.
///
/// Takes some 30 KiB for each of up to four groups of threads that record, and never more.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use cache_metrics::Timings;
/// let timings = Timings::default();
/// timings.record(Duration::from_millis(2));
/// assert_eq!(timings.latency().count, 1);
/// assert!(timings.latency().p50.unwrap() >= Duration::from_millis(2));
/// ```
#[derive(Default)]
pub struct Timings([Stripe; STRIPES]);

/// On cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Stripe(Mutex<Option<Histogram<u64>>>);

impl Timings {
    /// Records a duration.
    pub fn record(&self, took: Duration) {
        let Some(stripe) = self.0.get(striped::slot() % STRIPES) else {
            return;
        };
        let mut histogram = stripe.lock();
        if histogram.is_none() {
            *histogram = empty();
        }
        if let Some(histogram) = &mut *histogram {
            // Within the bounds, nothing is refused.
            let _ = histogram.record(nanos(took));
        }
    }

    /// Returns everything that was recorded, as one histogram of nanoseconds.
    pub(crate) fn sum(&self) -> Option<Histogram<u64>> {
        let mut sum: Option<Histogram<u64>> = None;
        for stripe in &self.0 {
            let histogram = stripe.lock();
            match (&mut sum, &*histogram) {
                (Some(sum), Some(histogram)) => {
                    // Of the same bounds, nothing is refused.
                    let _ = sum.add(histogram);
                }
                (None, Some(histogram)) => sum = Some(histogram.clone()),
                (_, None) => {}
            }
        }
        sum
    }

    /// Returns what was recorded since the beginning, in a few figures.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.sum().map(Latency::of).unwrap_or_default()
    }
}

impl Stripe {
    fn lock(&self) -> MutexGuard<'_, Option<Histogram<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.latency().fmt(f)
    }
}

fn nanos(took: Duration) -> u64 {
    u64::try_from(took.min(LONGEST).as_nanos())
        .unwrap_or(u64::MAX)
        .max(1)
}

/// All its room is taken at once: recording allocates nothing from then on.
fn empty() -> Option<Histogram<u64>> {
    Histogram::new_with_bounds(1, nanos(LONGEST), DIGITS).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn nothing_recorded_has_no_quantiles() {
        let latency = Timings::default().latency();
        assert_eq!(latency, Latency::default());
        assert_eq!((latency.count, latency.p50), (0, None));
    }

    #[test]
    fn durations_of_all_threads_are_there() {
        let timings = Arc::new(Timings::default());
        let threads: Vec<_> = (1..=10_u64)
            .map(|number| {
                let timings = Arc::clone(&timings);
                thread::spawn(move || {
                    for _ in 0..1_000 {
                        timings.record(Duration::from_micros(number));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let latency = timings.latency();
        assert_eq!(latency.count, 10_000);
        let within = |found: Option<Duration>, micros: u64| {
            let ratio = found.unwrap().as_secs_f64() / Duration::from_micros(micros).as_secs_f64();
            assert!((0.99..1.01).contains(&ratio), "{found:?} of {micros} us");
        };
        within(latency.p50, 5);
        within(latency.p90, 9);
        within(latency.p99, 10);
        within(latency.max, 10);
    }

    #[test]
    fn what_is_beyond_the_bounds_counts_at_the_bound() {
        let timings = Timings::default();
        timings.record(Duration::ZERO);
        timings.record(Duration::MAX);
        let latency = timings.latency();
        assert_eq!(latency.count, 2);
        assert!(latency.max.unwrap() >= LONGEST, "{latency:?}");
        assert!(latency.p50.unwrap() < Duration::from_micros(1));
    }

    #[test]
    fn what_came_between_two_readings_is_their_difference() {
        let timings = Timings::default();
        timings.record(Duration::from_secs(1));
        let before = timings.latency();
        assert_eq!(timings.latency().since(&before), Latency::default());
        timings.record(Duration::from_millis(1));
        timings.record(Duration::from_millis(2));
        let between = timings.latency().since(&before);
        assert_eq!(between.count, 2);
        assert!(
            between.max.unwrap() < Duration::from_millis(3),
            "{between:?}"
        );
        assert_eq!(before.since(&timings.latency()), Latency::default());
    }
}
