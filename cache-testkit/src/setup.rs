//! What the suite asks of a backend's test: how to open the backend, and, where it can, how to open it again and how to
//! write below it.

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Backend, Error, ErrorKind, Judge, Key, Operation, Result};

use crate::ManualClock;

/// Opens a backend for one case after the other.
///
/// Only [`Setup::open`] is needed; the other methods give the suite more to test with.
///
/// # Example
/// ```
/// use cache_core::Result;
/// use cache_testkit::{Env, MemoryBackend, Setup};
///
/// struct Memory;
///
/// impl Setup for Memory {
///     type Backend = MemoryBackend;
///
///     async fn open(&self, env: &Env) -> Result<MemoryBackend> {
///         Ok(MemoryBackend::new(env.judge.clone()).with_max_payload(env.max_payload))
///     }
/// }
/// # let _ = Memory;
/// ```
pub trait Setup: Send + Sync + 'static {
    /// What is tested.
    type Backend: Backend;

    /// Opens a backend that holds nothing under [`Env::namespace`] and under namespaces that begin with it.
    ///
    /// # Errors
    /// If it cannot be opened; every case then fails with this error.
    fn open(&self, env: &Env) -> impl Future<Output = Result<Self::Backend>> + Send;

    /// Opens again what was opened with the same `env`, after the former backend was dropped. Needed where `Persistent`
    /// is declared.
    ///
    /// # Errors
    /// If it cannot be opened yet; the suite tries again within its patience.
    fn reopen(&self, env: &Env) -> impl Future<Output = Result<Self::Backend>> + Send {
        let _ = env;
        let error = Error::new(ErrorKind::Unsupported, "the setup has no `reopen`");
        std::future::ready(Err(error.operation(Operation::Build)))
    }

    /// Writes below the backend, under the address of an entry, and answers whether it could: `false` where there are no
    /// bytes (in-process stores), or no such other kind of thing.
    ///
    /// # Errors
    /// If the store refuses.
    fn plant(
        &self,
        backend: &Self::Backend,
        key: Key<'_>,
        raw: Raw,
    ) -> impl Future<Output = Result<bool>> + Send {
        let _ = (backend, key, raw);
        std::future::ready(Ok(false))
    }

    /// Says why the backend cannot be tested here, such as a server that is missing: cases are then skipped with a
    /// message, and fail where the variable `CI` is set.
    fn unavailable(&self) -> Option<String> {
        None
    }

    /// Returns how long the suite waits for what may happen late (counts, evictions, the end of a window, reopening):
    /// 10 s.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }
}

/// What is written below a backend.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Raw {
    /// These bytes, as the value under the address.
    Bytes(Bytes),
    /// Another kind of thing than the backend stores, such as a list in Redis.
    OtherKind,
}

/// What a backend is opened with. Each case has its own.
#[derive(Clone)]
#[non_exhaustive]
pub struct Env {
    /// Judges times by [`Env::clock`]; the backend must use it.
    pub judge: Judge,
    /// The clock of the judge, moved by hand.
    pub clock: ManualClock,
    /// A namespace that no other case and no other run uses: letters, digits and `-`, so it can name a directory too.
    pub namespace: String,
    /// The largest payload, in bytes: encoded bytes by their length, objects by the weight in their meta.
    pub max_payload: usize,
    /// How many entries of the weight 1 there may be; `None` outside the cases of `Bounded`, where at least 20,000 must
    /// have room.
    pub capacity: Option<u64>,
}

impl Env {
    /// The largest payload that cases allow: 64 KiB.
    pub const MAX_PAYLOAD: usize = 64 * 1_024;

    /// Makes one with a clock and a namespace of its own.
    #[must_use]
    pub fn fresh() -> Self {
        static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("run"));
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let clock = ManualClock::default();
        Self {
            judge: clock.judge(),
            clock,
            namespace: format!("t{:016x}-{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed)),
            max_payload: Self::MAX_PAYLOAD,
            capacity: None,
        }
    }

    /// Limits how many entries there may be.
    #[must_use]
    pub fn with_capacity(self, entries: u64) -> Self {
        Self {
            capacity: Some(entries),
            ..self
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("namespace", &self.namespace)
            .field("max_payload", &self.max_payload)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
