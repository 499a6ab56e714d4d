//! The suite of the testkit, on the backend and on its erased twin, with reads in both places.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cache_core::{AnyBackend, Error, ErrorKind, Key, Operation, Result};
use cache_testkit::{Env, Raw, Setup};
use tempfile::TempDir;

use crate::store::Store;
use crate::write::Target;
use crate::{Reads, SledBackend, SledConfig};

/// An entry of 1 byte in the suite weighs about this much: key, header and payload.
const WEIGHT: u64 = 150;

/// Backends in directories that end with the test.
struct Disk {
    reads: Reads,
    root: TempDir,
    opened: Mutex<HashMap<PathBuf, Weak<Store>>>,
}

impl Disk {
    fn new(reads: Reads) -> Self {
        Self {
            reads,
            root: tempfile::tempdir().unwrap(),
            opened: Mutex::default(),
        }
    }

    fn path(&self, env: &Env) -> PathBuf {
        self.root.path().join(&env.namespace)
    }

    fn backend(&self, env: &Env) -> Result<SledBackend> {
        let path = self.path(env);
        let config = SledConfig {
            path: path.clone(),
            reads: self.reads,
            page_cache_bytes: 8 << 20,
            sweep_interval: Duration::from_millis(50),
            max_payload: u32::try_from(env.max_payload).unwrap_or(u32::MAX),
            // Lower than what is accepted from outside: the cases put a few thousand small entries.
            max_bytes: env.capacity.map_or(1 << 30, |capacity| capacity * WEIGHT),
            ..SledConfig::default()
        };
        let backend = SledBackend::open_checked(&config, env.judge.clone())?;
        let store = Arc::downgrade(backend.store());
        self.opened.lock().unwrap().insert(path, store);
        Ok(backend)
    }

    /// Writes below the backend, and counts it as the backend would.
    fn plant(&self, key: Key<'_>, raw: &Raw) -> Result<bool> {
        let Raw::Bytes(bytes) = raw else {
            return Ok(false);
        };
        let path = self.root.path().join(key.space().namespace());
        let store = self
            .opened
            .lock()
            .unwrap()
            .get(&path)
            .and_then(Weak::upgrade);
        let store = store.ok_or_else(|| Error::new(ErrorKind::Closed, "nothing is open"))?;
        let place = Target::of(&key).place;
        store.with(Operation::Put, |engine| {
            let old = engine.entries.get(&place)?;
            store.replace(engine, &place, old.as_deref(), bytes.to_vec())
        })?;
        Ok(true)
    }
}

impl Setup for Disk {
    type Backend = SledBackend;

    async fn open(&self, env: &Env) -> Result<SledBackend> {
        self.backend(env)
    }

    async fn reopen(&self, env: &Env) -> Result<SledBackend> {
        self.backend(env)
    }

    async fn plant(&self, _: &SledBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Self::plant(self, key, &raw)
    }
}

struct Erased(Disk);

impl Setup for Erased {
    type Backend = AnyBackend;

    async fn open(&self, env: &Env) -> Result<AnyBackend> {
        self.0.backend(env).map(AnyBackend::new)
    }

    async fn reopen(&self, env: &Env) -> Result<AnyBackend> {
        self.0.backend(env).map(AnyBackend::new)
    }

    async fn plant(&self, _: &AnyBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        self.0.plant(key, &raw)
    }
}

mod inline {
    cache_testkit::conformance!(super::Disk::new(super::Reads::Inline));
}

mod offload {
    cache_testkit::conformance!(super::Disk::new(super::Reads::Offload));
}

mod erased {
    cache_testkit::conformance!(super::Erased(super::Disk::new(super::Reads::Auto)));
}
