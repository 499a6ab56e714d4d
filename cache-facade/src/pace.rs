//! So many a second, and no more.

use std::num::NonZeroU32;
use std::time::Duration;

use cache_core::Pages;
use tokio::time::{Instant, sleep_until};

/// Spreads over time what is done in pages: so many entries a second, and no more.
///
/// # Example
/// ```
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
/// use cache_facade::Pace;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let mut pace = Pace::new(NonZeroU32::new(1_000));
/// let began = Instant::now();
/// for page in [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]] {
///     pace.wait_for(page.len()).await;
/// }
/// assert!(began.elapsed() >= Duration::from_millis(5), "the second page waited for what the first one took");
/// # })
/// ```
#[derive(Debug)]
pub struct Pace {
    per_second: Option<NonZeroU32>,
    next: Instant,
}

impl Pace {
    /// So many entries a second; `None` waits for nothing.
    #[must_use]
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        Self {
            per_second,
            next: Instant::now(),
        }
    }

    /// Returns how many entries are worked on at once, at most [`Pages::PAGE`]: at a low rate few, so that the pauses are short.
    #[must_use]
    pub fn page(&self) -> usize {
        let rate = self.per_second.map_or(u32::MAX, NonZeroU32::get);
        usize::try_from(rate).unwrap_or(usize::MAX).min(Pages::PAGE)
    }

    /// Waits until so many entries are due. What was not used in the past is not made up for.
    ///
    /// # Cancellation
    /// A wait that is dropped is as if it had not begun.
    pub async fn wait_for(&mut self, entries: usize) {
        let Some(rate) = self.per_second else { return };
        let begin = self.next.max(Instant::now());
        sleep_until(begin).await;
        let entries = u32::try_from(entries).unwrap_or(u32::MAX);
        let takes = Duration::from_secs_f64(f64::from(entries) / f64::from(rate.get()));
        self.next = begin + takes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thousand_entries_take_the_time_that_they_are_given() {
        let mut pace = Pace::new(NonZeroU32::new(100));
        let began = Instant::now();
        assert_eq!(pace.page(), 100);
        for _ in 0..10 {
            pace.wait_for(100).await;
        }
        assert_eq!(
            began.elapsed(),
            Duration::from_secs(9),
            "the tenth has begun"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nothing_waits() {
        let mut pace = Pace::new(None);
        let began = Instant::now();
        pace.wait_for(usize::MAX).await;
        assert_eq!(
            (began.elapsed(), pace.page()),
            (Duration::ZERO, Pages::PAGE)
        );
    }
}
