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

    /// Takes the counter away with the entry of the same id.
    pub(crate) fn counter_follows(&self, key: Key<'_>) {
        if self.is(Fault::CountersGoWithEntries) {
            self.windows().remove(&address::counter(&key));
        }
    }

    /// The counter's value within its window, and the window's end.
    fn window(&self, name: &str, length: Duration) -> (i64, u64) {
        let now = self.clock.now().as_millis();
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let ends = match self.fault {
            Fault::LongWindowsWrapAround => now.wrapping_add(millis),
            _ => now.saturating_add(millis),
        };
        let known = self.windows().get(name).copied();
        let open = |(_, ends): &(i64, u64)| now < *ends || self.is(Fault::CountersNeverEnd);
        match known.filter(open) {
            Some((value, _)) if self.is(Fault::CountersSlide) => (value, ends),
            Some(window) => window,
            None => (0, ends),
        }
    }
}

#[async_trait]
impl Counters for Mutant {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        self.memory.ping().await?;
        if window.is_zero() && !self.is(Fault::ZeroWindowsCount) {
            return Err(self.error(ErrorKind::InvalidArgument, Operation::Add));
        }
        let name = match self.fault {
            Fault::CountersShareIds => format!("{:?}", key.id()),
            _ => address::counter(&key),
        };
        let (value, ends) = self.window(&name, window);
        if self.is(Fault::CountersReadThenWrite) {
            yield_now().await;
        }
        let is_new = value == 0 && !self.windows().contains_key(&name);
        let by = if is_new && self.is(Fault::CountersStartAtZero) {
            0
        } else {
            by
        };
        let sum = match value.checked_add(by) {
            Some(sum) => sum,
            None if self.is(Fault::OverflowSaturates) => value.saturating_add(by),
            None => return Err(self.error(ErrorKind::Overflow, Operation::Add)),
        };
        self.windows().insert(name, (sum, ends));
        Ok(sum)
    }
}
