//! A time to live of one hour per entry, for caches that expire by moka's `Expiry`.

use std::time::{Duration, Instant};

use moka::Expiry;

/// One hour, as the full stack's domain has it.
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// One hour from every write: moka's own default keeps the old end when an entry is overwritten.
pub(super) struct Hour;

impl<K, V> Expiry<K, V> for Hour {
    fn expire_after_create(&self, _: &K, _: &V, _: Instant) -> Option<Duration> {
        Some(HOUR)
    }

    fn expire_after_update(
        &self,
        _: &K,
        _: &V,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(HOUR)
    }
}
