//! The suite that every backend passes, through the decorator: answers are those of the backend inside.

use cache_core::{Backend, Key, Layer, PayloadForm, Result};
use cache_metrics::{Metered, MeteredLayer};
use cache_testkit::{Env, MemoryBackend, Raw, Setup};

/// A memory backend, every answer of which is timed.
struct Timed(PayloadForm);

impl Setup for Timed {
    type Backend = Metered<MemoryBackend>;

    async fn open(&self, env: &Env) -> Result<Self::Backend> {
        let new = match self.0 {
            PayloadForm::Object => MemoryBackend::new,
            PayloadForm::Encoded => MemoryBackend::encoded,
        };
        let memory = new(env.judge.clone()).with_max_payload(env.max_payload);
        let memory = match env.capacity {
            Some(entries) => memory.with_capacity(entries),
            None => memory,
        };
        Ok(MeteredLayer::default().time_one_in(1).layer(memory))
    }

    async fn plant(&self, backend: &Self::Backend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Ok(backend.get_ref().plant(key, raw))
    }
}

mod objects {
    cache_testkit::conformance!(super::Timed(super::PayloadForm::Object));
}

mod encoded {
    cache_testkit::conformance!(super::Timed(super::PayloadForm::Encoded));
}

#[test]
fn it_says_of_itself_what_the_backend_inside_says() {
    let memory = MemoryBackend::new(cache_testkit::ManualClock::default().judge());
    let expected = format!("{:?}", memory.info());
    let metered = MeteredLayer::default().layer(memory);
    assert_eq!(format!("{:?}", metered.info()), expected);
}
