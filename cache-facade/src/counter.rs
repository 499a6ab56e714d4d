//! Counters of a domain: counts within windows of time, where the backend has them.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Epoch, Error, IdBuf, Key, KeyPart, Operation, Result};

use crate::deadline::within;
use crate::domain::Domain;
use crate::inner::Inner;
use crate::report::trace_operation;

/// Counts under a domain's ids. A counter and a value of one id never meet, and counters cross releases.
pub struct Counter<T> {
    domain: Domain<T>,
}

impl<T> std::fmt::Debug for Counter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Counter({:?})", self.domain.inner.space)
    }
}

impl<T: Send + Sync + 'static> Domain<T> {
    /// Returns the domain's counters.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use cache_facade::{Cache, Cacheable, domain};
    /// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
    /// # #[cacheable(domain = "price", ttl = "6h")]
    /// # struct Price(u64);
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let cache = Cache::builder().domain(domain::<Price>()).build()?;
    /// let calls = cache.domain::<Price>()?.counter();
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(calls.add("api", 1, minute).await?, 1);
    /// assert_eq!(calls.add("api", 2, minute).await?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn counter(&self) -> Counter<T> {
        Counter {
            domain: self.clone(),
        }
    }
}

impl<T: Send + Sync + 'static> Counter<T> {
    /// Adds to the counter of an id and returns its new value. The first add opens the window, which ends by the store's
    /// clock; after that the count starts anew.
    ///
    /// # Errors
    /// `Unsupported` if the backend has no counters, `Overflow` if the value would leave the range of `i64` (it is then
    /// unchanged), `InvalidArgument` for a window of zero.
    ///
    /// # Cancellation
    /// A dropped call may or may not have counted.
    pub async fn add(
        &self,
        id: impl KeyPart + Send + Sync,
        by: i64,
        window: Duration,
    ) -> Result<i64> {
        let inner: &Arc<Inner<T>> = &self.domain.inner;
        let mut buffer = IdBuf::new();
        let key = Key::new(&inner.space, Epoch::UNVERSIONED, id.id_bytes(&mut buffer))?;
        let counters = inner
            .store
            .counters()
            .ok_or_else(|| Error::unsupported(Operation::Add, inner.store.info().name))?;
        inner.core.ensure_open(Operation::Add)?;
        match within(inner.core.deadline, counters.add(key, by, window)).await {
            Ok(value) => {
                trace_operation!(inner.name(), Operation::Add.as_str(), "ok");
                Ok(value)
            }
            Err(error) => Err(inner.note_failure(Some(key), Operation::Add, error)),
        }
    }
}

impl<T> Clone for Counter<T> {
    fn clone(&self) -> Self {
        Self {
            domain: self.domain.clone(),
        }
    }
}
