//! The memory backend as a setup of the suite: in both forms, with a disk that survives it, bounded where a case asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cache_core::{Key, PayloadForm, Result};
use cache_testkit::{Env, MemoryBackend, MemoryDisk, Raw, Setup};

/// Has every power of the memory backend.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) form: PayloadForm,
    disks: Mutex<HashMap<String, MemoryDisk>>,
}

impl Memory {
    pub(crate) fn of(form: PayloadForm) -> Self {
        Self {
            form,
            disks: Mutex::default(),
        }
    }

    pub(crate) fn backend(&self, env: &Env) -> MemoryBackend {
        let new = match self.form {
            PayloadForm::Object => MemoryBackend::new,
            PayloadForm::Encoded => MemoryBackend::encoded,
        };
        let backend = new(env.judge.clone()).with_max_payload(env.max_payload);
        match env.capacity {
            Some(entries) => backend.with_capacity(entries),
            None => backend,
        }
    }

    /// The disk of a case: the same one each time it is asked for.
    pub(crate) fn disk(&self, env: &Env) -> MemoryDisk {
        let mut disks = self.disks.lock().unwrap_or_else(PoisonError::into_inner);
        disks.entry(env.namespace.clone()).or_default().clone()
    }
}

impl Setup for Memory {
    type Backend = MemoryBackend;

    async fn open(&self, env: &Env) -> Result<MemoryBackend> {
        Ok(self.backend(env).on_disk(&self.disk(env)))
    }

    async fn reopen(&self, env: &Env) -> Result<MemoryBackend> {
        self.open(env).await
    }

    async fn plant(&self, backend: &MemoryBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Ok(backend.plant(key, raw))
    }
}
