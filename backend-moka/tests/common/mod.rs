//! What the tests of this backend share.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use backend_moka::MokaBackend;
use cache_core::{
    Backend, Clock, Condition, Entry, Epoch, Found, Key, Lifetime, Meta, OwnedKey, Put, Removed,
    Result, Space, Stats, Timestamp, Ttl,
};
use cache_testkit::ManualClock;

/// A backend, its clock and a space of its own.
pub(crate) struct Fixture {
    pub(crate) backend: MokaBackend,
    pub(crate) clock: ManualClock,
    pub(crate) space: Space,
}

impl Fixture {
    /// Builds a backend on a clock that stands still; `domain` keeps tests apart.
    pub(crate) fn new(
        domain: &str,
        settings: impl FnOnce(backend_moka::MokaBuilder) -> backend_moka::MokaBuilder,
    ) -> Self {
        let clock = ManualClock::default();
        let builder = MokaBackend::builder().judge(clock.judge());
        Self {
            backend: settings(builder).build().unwrap(),
            clock,
            space: Space::new("moka", domain, 1).unwrap(),
        }
    }

    pub(crate) fn key(&self, id: u64) -> OwnedKey {
        OwnedKey::new(self.space.clone(), Epoch(1), id.to_string().into_bytes()).unwrap()
    }

    pub(crate) fn put(&self, id: u64, entry: Entry) -> Put {
        self.put_when(id, entry, Condition::Always).unwrap()
    }

    pub(crate) fn put_when(&self, id: u64, entry: Entry, when: Condition) -> Result<Put> {
        now(self.backend.put(self.key(id).as_key(), entry, when))
    }

    pub(crate) fn remove(&self, id: u64) -> Removed {
        now(self.backend.remove(self.key(id).as_key(), None)).unwrap()
    }

    /// An entry that lives for so long from now on.
    pub(crate) fn entry(&self, ttl: Duration) -> Entry {
        entry(self.clock.now(), Ttl::After(ttl), 0)
    }

    pub(crate) fn value(&self, id: u64) -> Option<u64> {
        value(&self.backend, self.key(id).as_key())
    }

    pub(crate) fn stats(&self) -> Stats {
        now(self.backend.stats()).unwrap()
    }

    /// Evictions, expirations, removals.
    pub(crate) fn losses(&self) -> [u64; 3] {
        let stats = self.stats();
        [stats.evictions, stats.expirations, stats.removals].map(Option::unwrap)
    }

    pub(crate) fn entries(&self) -> u64 {
        self.stats().entries.unwrap()
    }
}

pub(crate) fn entry(created: Timestamp, ttl: Ttl, value: u64) -> Entry {
    let life = Lifetime::starting(created, ttl, Duration::ZERO);
    Entry::object(Meta::new(created, life), Arc::new(value))
}

pub(crate) fn value(backend: &MokaBackend, key: Key<'_>) -> Option<u64> {
    match backend.get_now(key).map(Found::unshared) {
        Some(Found::Entry(entry)) => match entry.payload {
            cache_core::Payload::Object(object) => {
                object.downcast::<u64>().ok().map(|value| *value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Polls a future that never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    // Long walks give way from time to time.
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
    }
}
