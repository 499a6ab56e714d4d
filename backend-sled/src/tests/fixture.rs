//! A backend in a directory of its own, on a clock that is moved by hand.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, Clock, CodecKind, Condition, Entry, Epoch, Found, Lifetime, Meta, OwnedKey, Put,
    Space, Stats, Timestamp, Ttl,
};
use cache_testkit::ManualClock;
use tempfile::TempDir;

use crate::{SledBackend, SledBuilder};

pub(super) const HOUR: Duration = Duration::from_secs(3_600);

pub(super) struct Fixture {
    pub(super) backend: SledBackend,
    pub(super) clock: ManualClock,
    pub(super) root: TempDir,
    pub(super) space: Space,
}

impl Fixture {
    pub(super) fn new(settings: impl FnOnce(SledBuilder) -> SledBuilder) -> Self {
        let (root, clock) = (tempfile::tempdir().unwrap(), ManualClock::default());
        let backend = settings(builder(&root, &clock)).build().unwrap();
        Self {
            backend,
            clock,
            root,
            space: Space::new("sled", "pilot", 1).unwrap(),
        }
    }

    /// Closes the backend and opens the directory again.
    pub(super) async fn reopened(self) -> Self {
        self.backend.close().await.unwrap();
        let backend = builder(&self.root, &self.clock).build().unwrap();
        Self { backend, ..self }
    }

    pub(super) fn key(&self, id: u64) -> OwnedKey {
        OwnedKey::new(self.space.clone(), Epoch(1), id.to_string().into_bytes()).unwrap()
    }

    pub(super) async fn put(&self, id: u64, ttl: Duration) -> Put {
        self.put_to(&self.key(id), ttl, 100).await
    }

    pub(super) async fn put_to(&self, key: &OwnedKey, ttl: Duration, bytes: usize) -> Put {
        let entry = entry(self.clock.now(), ttl, bytes);
        let put = self.backend.put(key.as_key(), entry, Condition::Always);
        put.await.unwrap()
    }

    pub(super) async fn is_there(&self, key: &OwnedKey) -> bool {
        matches!(
            self.backend.get(key.as_key()).await.unwrap(),
            Found::Entry(_)
        )
    }

    pub(super) async fn stats(&self) -> Stats {
        self.backend.stats().await.unwrap()
    }

    /// Entries, evictions, expirations, removals.
    pub(super) async fn counts(&self) -> [u64; 4] {
        let stats = self.stats().await;
        [
            stats.entries,
            stats.evictions,
            stats.expirations,
            stats.removals,
        ]
        .map(Option::unwrap)
    }
}

fn builder(root: &TempDir, clock: &ManualClock) -> SledBuilder {
    SledBackend::builder()
        .path(root.path())
        // Never by itself within a test.
        .sweep_interval(Duration::from_secs(86_400))
        .judge(clock.judge())
}

pub(super) fn entry(created: Timestamp, ttl: Duration, bytes: usize) -> Entry {
    let life = Lifetime::starting(created, Ttl::After(ttl), Duration::ZERO);
    let payload = Bytes::from(vec![7; bytes]);
    Entry::encoded(Meta::new(created, life), CodecKind::Json, payload)
}
