//! A clock that is moved by the kills themselves.

use std::sync::atomic::{AtomicU64, Ordering};

use cache_facade::{Clock, Timestamp};

/// Shows the time of the kill that is being looked up. It never goes back.
#[derive(Debug, Default)]
pub(crate) struct RecordedClock(AtomicU64);

impl RecordedClock {
    pub(crate) fn advance_to(&self, millis: u64) {
        self.0.fetch_max(millis, Ordering::SeqCst);
    }
}

impl Clock for RecordedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
