//! Faults of counters.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{Backend, Clock, Counters, ErrorKind, Key, Operation, Result, address};
use tokio::task::yield_now;

use crate::fault::Fault;
use crate::mutant::{Inner, Mutant};

impl Inner {
    fn windows(&self) -> MutexGuard<'_, HashMap<String, (i64, u64)>> {
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget_counters(&self) {
        self.windows().clear();
    }

    /// Takes the counter away with the entry of the same id.
    pub(crate) fn counter_follows(&self, key: Key<'_>) {
        if self.is(Fault::CountersGoWithEntries) {
            self.windows().remove(&address::counter(&key));
        }
    }

    /// Adds to a counter in one step; `None` if its value would leave its range.
    fn count_at_once(&self, name: String, by: i64, length: Duration) -> Option<i64> {
        let now = self.clock.now().as_millis();
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let ends = match self.fault {
            Fault::LongWindowsWrapAround => now.wrapping_add(millis),
            _ => now.saturating_add(millis),
        };
        let mut windows = self.windows();
        let open = |(_, ends): &(i64, u64)| now < *ends || self.is(Fault::CountersNeverEnd);
        let (value, ends) = match windows.get(&name).copied().filter(open) {
            Some((value, _)) if self.is(Fault::CountersSlide) => (value, ends),
            Some(window) => window,
            None if self.is(Fault::CountersStartAtZero) => (by.saturating_neg(), ends),
            None => (0, ends),
        };
        let sum = match value.checked_add(by) {
            None if self.is(Fault::OverflowSaturates) => value.saturating_add(by),
            sum => sum?,
        };
        windows.insert(name, (sum, ends));
        Some(sum)
    }

    /// Reads, waits and writes: adds in between are lost.
    async fn count_in_steps(&self, name: String, by: i64) -> Option<i64> {
        let value = self.windows().get(&name).map_or(0, |(value, _)| *value);
        yield_now().await;
        let sum = value.checked_add(by)?;
        self.windows().insert(name, (sum, u64::MAX));
        Some(sum)
    }
}

#[async_trait]
impl Counters for Mutant {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        self.memory.ping().await?;
        if window.is_zero() && !self.is(Fault::ZeroWindowsCount) {
            return Err(Inner::error(ErrorKind::InvalidArgument, Operation::Add));
        }
        let name = match self.fault {
            Fault::CountersShareIds => format!("{:?}", key.id()),
            _ => address::counter(&key),
        };
        let sum = if self.is(Fault::CountersReadThenWrite) {
            self.count_in_steps(name, by).await
        } else {
            self.count_at_once(name, by, window)
        };
        sum.ok_or_else(|| Inner::error(ErrorKind::Overflow, Operation::Add))
    }
}
