//! Counters of the memory backend: a map of their own, so that a counter and an entry of one id never meet.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{Capability, Counters, ErrorKind, Key, Operation, Result, Timestamp, address};

use super::MemoryBackend;

#[derive(Debug, Default)]
pub(super) struct Counting(HashMap<String, Window>);

#[derive(Clone, Copy, Debug)]
struct Window {
    value: i64,
    ends: Timestamp,
}

impl Counting {
    /// Adds, or answers `None` if the value would leave its range.
    fn add(&mut self, name: String, by: i64, now: Timestamp, length: Duration) -> Option<i64> {
        let fresh = Window {
            value: 0,
            ends: now.after(length),
        };
        let old = self.0.get(&name).copied();
        let window = old.filter(|window| now < window.ends).unwrap_or(fresh);
        let value = window.value.checked_add(by)?;
        self.0.insert(name, Window { value, ..window });
        Some(value)
    }
}

#[async_trait]
impl Counters for MemoryBackend {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        let mut state = self.powered(Capability::Counters, Operation::Add)?;
        let refused = |kind, message: &'static str| {
            cache_core::Error::new(kind, message)
                .operation(Operation::Add)
                .backend(self.info.name)
        };
        if window.is_zero() {
            let message = "a window of zero; accepted: at least 1 ms";
            return Err(refused(ErrorKind::InvalidArgument, message));
        }
        let now = self.judge.clock().now();
        let added = state.counting.add(address::counter(&key), by, now, window);
        added.ok_or_else(|| refused(ErrorKind::Overflow, "the counter is at its limit"))
    }
}
