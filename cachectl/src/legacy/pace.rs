//! The pace: so many keys a second, and no more.

use std::num::NonZeroU32;
use std::time::Duration;

use cache_core::Pages;
use tokio::time::{Instant, sleep_until};

/// Lets keys through, a page at a time.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Option<NonZeroU32>,
    next: Instant,
}

impl Pace {
    /// Without a rate, nobody waits.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Self {
        Self {
            rate,
            next: Instant::now(),
        }
    }

    /// Returns the most keys that may go together: no more than a second's.
    pub(super) fn page(&self) -> usize {
        let rate = self.rate.map_or(usize::MAX, |rate| {
            usize::try_from(rate.get()).unwrap_or(usize::MAX)
        });
        rate.min(Pages::PAGE)
    }

    /// Waits until keys may go, so many together.
    pub(super) async fn wait(&mut self, keys: usize) {
        let Some(rate) = self.rate else { return };
        sleep_until(self.next).await;
        let keys = u32::try_from(keys).unwrap_or(u32::MAX);
        let room = Duration::from_secs(1) * keys / rate.get();
        // Time that was lost is not made up for: what comes late comes no faster.
        self.next = Instant::now() + room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_keys_a_second_than_the_rate() {
        let began = Instant::now();
        let mut pace = Pace::new(NonZeroU32::new(100));
        assert_eq!(pace.page(), 100);
        for _ in 0..5 {
            pace.wait(50).await;
        }
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nobody_waits() {
        let began = Instant::now();
        let mut pace = Pace::new(None);
        assert_eq!(pace.page(), Pages::PAGE);
        for _ in 0..1_000 {
            pace.wait(Pages::PAGE).await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
