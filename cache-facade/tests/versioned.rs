//! The suite that every backend passes, through the layer that keeps releases apart: on a store that ends with its process,
//! answers are those of the backend inside.

#![cfg(feature = "versioning")]

use cache_core::{Backend, Key, Layer, Result};
use cache_facade::{Versioned, VersionedLayer};
use cache_testkit::{Env, MemoryBackend, Raw, Setup};

struct Alone;

impl Setup for Alone {
    type Backend = Versioned<MemoryBackend>;

    async fn open(&self, env: &Env) -> Result<Self::Backend> {
        let memory = MemoryBackend::encoded(env.judge.clone()).with_max_payload(env.max_payload);
        let memory = match env.capacity {
            Some(entries) => memory.with_capacity(entries),
            None => memory,
        };
        Ok(VersionedLayer::new("1.4.0", env.judge.clone()).layer(memory))
    }

    async fn plant(&self, backend: &Self::Backend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Ok(backend.get_ref().plant(key, raw))
    }
}

cache_testkit::conformance!(Alone);

#[test]
fn it_says_of_itself_what_the_backend_inside_says() {
    let judge = cache_testkit::ManualClock::default().judge();
    let memory = MemoryBackend::new(judge.clone());
    let expected = format!("{:?}", memory.info());
    let versioned = VersionedLayer::new("1.4.0", judge).layer(memory);
    assert_eq!(format!("{:?}", versioned.info()), expected);
}
