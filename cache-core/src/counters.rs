//! Counters: an optional power of a backend, with a key mark of its own, so that a counter and an entry never meet.

use std::time::Duration;

use async_trait::async_trait;

use crate::{Key, Result};

/// Counts within windows of time, by the store's clock.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Adds `by` to the counter of a key and returns its new value.
    ///
    /// # Behavior
    /// A counter that does not exist, or whose window has ended, starts at `by`, and this add opens a window; later adds do
    /// not move its end. The schema of the key plays no part. A counter is never seen by `get`, `scan` or `clear`.
    ///
    /// # Errors
    /// `Overflow` if the value would leave the range of `i64`; it is then unchanged. `InvalidArgument` for a window of zero.
    ///
    /// # Cancellation
    /// A dropped call may or may not have counted.
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64>;
}
