//! A plain backend in memory, behind one mutex: what the suite's own tests run on, and what a test can put below a cache.
//!
//! It sweeps nothing and does not try to be fast. Each operation is one critical section; nothing is awaited inside.

mod backend;
mod counting;
mod held;
mod shelf;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::{
    BackendInfo, Capabilities, Capability, Error, ErrorKind, Judge, Key, Operation, Payload,
    PayloadForm, Result,
};

use self::held::Held;
use self::shelf::Shelf;
use crate::Raw;

/// A plain in-memory backend.
///
/// It declares `Batch`, `Scan` and `Counters`; [`with_capacity`](Self::with_capacity) adds `Bounded`,
/// [`on_disk`](Self::on_disk) adds `Persistent`, and [`without`](Self::without) takes a power away.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cache_core::{Backend, Condition, Entry, Epoch, Found, Key, Lifetime, Meta, Space, Ttl};
/// use cache_testkit::{ManualClock, MemoryBackend};
/// # use std::time::Duration;
/// # use cache_core::Clock;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let clock = ManualClock::default();
/// let backend = MemoryBackend::new(clock.judge());
/// let space = Space::new("app", "pilot", 1)?;
/// let key = Key::new(&space, Epoch(0), b"7")?;
/// let life = Lifetime::starting(clock.now(), Ttl::After(Duration::from_secs(60)), Duration::ZERO);
/// let entry = Entry::object(Meta::new(clock.now(), life), Arc::new("Jita".to_owned()));
/// backend.put(key, entry, Condition::Always).await?;
/// assert!(matches!(backend.get(key).await?, Found::Entry(_)));
/// clock.advance(Duration::from_secs(60));
/// assert!(matches!(backend.get(key).await?, Found::Dead));
/// # Ok::<(), cache_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemoryBackend {
    info: BackendInfo,
    judge: Judge,
    max_payload: usize,
    disk: Option<MemoryDisk>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shelf: Shelf,
    counting: counting::Counting,
    closed: bool,
}

/// What outlives a [`MemoryBackend`] that was flushed: a stand-in for a disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Shelf>>);

impl MemoryBackend {
    /// Creates a backend that keeps objects.
    #[must_use]
    pub fn new(judge: Judge) -> Self {
        Self {
            info: BackendInfo {
                name: "memory",
                capabilities: Capabilities::of(&[
                    Capability::Batch,
                    Capability::Scan,
                    Capability::Counters,
                ]),
                payload: PayloadForm::Object,
            },
            judge,
            max_payload: 8 * 1_024 * 1_024,
            disk: None,
            state: Mutex::default(),
        }
    }

    /// Creates a backend that keeps envelopes, as a byte store does.
    #[must_use]
    pub fn encoded(judge: Judge) -> Self {
        let mut backend = Self::new(judge);
        backend.info.payload = PayloadForm::Encoded;
        backend
    }

    /// Sets the largest payload, in bytes; 8 MiB if nothing is set.
    #[must_use]
    pub fn with_max_payload(mut self, bytes: usize) -> Self {
        self.max_payload = bytes;
        self
    }

    /// Limits the number of entries, and declares `Bounded`: a new entry then puts any other one out.
    #[must_use]
    pub fn with_capacity(mut self, entries: u64) -> Self {
        self.declare(Capability::Bounded);
        self.lock().shelf.set_capacity(entries);
        self
    }

    /// Begins with what was flushed to this disk, and declares `Persistent`.
    #[must_use]
    pub fn on_disk(mut self, disk: &MemoryDisk) -> Self {
        self.declare(Capability::Persistent);
        self.lock().shelf.take_entries_of(&disk.lock());
        self.disk = Some(disk.clone());
        self
    }

    /// Takes away a power: its operations then answer `Unsupported`.
    #[must_use]
    pub fn without(mut self, capability: Capability) -> Self {
        self.info.capabilities = self.info.capabilities.without(capability);
        self
    }

    /// Writes below the backend, and answers whether it could: only where envelopes are kept.
    pub fn plant(&self, key: Key<'_>, raw: Raw) -> bool {
        if self.info.payload == PayloadForm::Object {
            return false;
        }
        let held = match raw {
            Raw::Bytes(bytes) => Held::Bytes(bytes),
            Raw::OtherKind => Held::OtherKind,
        };
        self.lock().shelf.insert(&key.to_owned(), held);
        true
    }

    fn declare(&mut self, capability: Capability) {
        let declared: Vec<_> = self
            .info
            .capabilities
            .iter()
            .chain(std::iter::once(capability))
            .collect();
        self.info.capabilities = Capabilities::of(&declared);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic inside a critical section of a test must not hide behind a second one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the state for an operation, unless it was closed.
    fn open(&self, operation: Operation) -> Result<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.closed {
            return Err(Error::closed(operation, self.info.name));
        }
        Ok(state)
    }

    /// Locks the state for an operation that needs a power.
    fn powered(
        &self,
        capability: Capability,
        operation: Operation,
    ) -> Result<MutexGuard<'_, State>> {
        if !self.info.capabilities.has(capability) {
            return Err(Error::unsupported(operation, self.info.name));
        }
        self.open(operation)
    }

    fn check_size(&self, entry: &cache_core::Entry) -> Result<()> {
        let bytes = match &entry.payload {
            Payload::Encoded(bytes) => bytes.len(),
            Payload::Object(_) => usize::try_from(entry.meta.weight).unwrap_or(usize::MAX),
            Payload::Negative | Payload::Lease => 0,
        };
        if bytes <= self.max_payload {
            return Ok(());
        }
        let message = format!("the payload has more than {} bytes", self.max_payload);
        Err(self.error(ErrorKind::TooLarge, message))
    }

    fn error(&self, kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(kind, message)
            .operation(Operation::Put)
            .backend(self.info.name)
    }
}

impl MemoryDisk {
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
