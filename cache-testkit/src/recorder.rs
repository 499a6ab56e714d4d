//! An observer that keeps what it saw, for assertions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::{Event, EventKind, Observer, OwnedKey, Sampling};

/// An event with a key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The key, where there was a single one.
    pub key: Option<OwnedKey>,
    /// What happened.
    pub kind: EventKind,
}

/// Keeps events, the last 10,000 of them if nothing else is said. Clones share them.
///
/// # Example
/// ```
/// use cache_core::{Event, EventKind, Observer};
/// use cache_testkit::EventRecorder;
/// let recorder = EventRecorder::default();
/// recorder.observe(&Event { key: None, kind: EventKind::LoadStarted });
/// assert_eq!(recorder.kinds(), [EventKind::LoadStarted]);
/// ```
#[derive(Clone, Debug)]
pub struct EventRecorder {
    log: Arc<Mutex<Log>>,
    capacity: usize,
    sampling: Sampling,
}

#[derive(Debug, Default)]
struct Log {
    events: VecDeque<RecordedEvent>,
    dropped: u64,
}

impl EventRecorder {
    /// Creates a recorder that keeps the last so many events.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            log: Arc::default(),
            capacity,
            sampling: Sampling::Every,
        }
    }

    /// Asks for a part of the events only.
    #[must_use]
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    /// Returns the events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<RecordedEvent> {
        self.lock().events.iter().cloned().collect()
    }

    /// Returns what happened, oldest first.
    #[must_use]
    pub fn kinds(&self) -> Vec<EventKind> {
        self.lock().events.iter().map(|event| event.kind).collect()
    }

    /// Counts the events of a kind.
    #[must_use]
    pub fn count(&self, kind: EventKind) -> usize {
        let log = self.lock();
        log.events.iter().filter(|event| event.kind == kind).count()
    }

    /// Returns the events and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<RecordedEvent> {
        self.lock().events.drain(..).collect()
    }

    /// Returns how many events had to go for lack of room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for EventRecorder {
    fn default() -> Self {
        Self::new(10_000)
    }
}

impl Observer for EventRecorder {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn observe(&self, event: &Event<'_>) {
        let recorded = RecordedEvent {
            key: event.key.map(|key| key.to_owned()),
            kind: event.kind,
        };
        let mut log = self.lock();
        log.events.push_back(recorded);
        if log.events.len() > self.capacity {
            log.events.pop_front();
            log.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use cache_core::{Epoch, Key, ReadOutcome, Space};

    use super::*;

    #[test]
    fn events_own_their_keys_and_the_oldest_go_first() {
        let space = Space::new("recorder", "a", 1).unwrap();
        let recorder = EventRecorder::new(2);
        for id in [b"1", b"2", b"3"] {
            let key = Key::new(&space, Epoch(0), id).unwrap();
            let kind = EventKind::Read(ReadOutcome::Fresh);
            recorder.clone().observe(&Event {
                key: Some(key),
                kind,
            });
        }
        let ids: Vec<_> = recorder
            .take()
            .into_iter()
            .map(|event| event.key.unwrap().as_key().id().to_vec())
            .collect();
        assert_eq!(ids, [b"2", b"3"]);
        assert_eq!((recorder.dropped(), recorder.events().len()), (1, 0));
    }
}
