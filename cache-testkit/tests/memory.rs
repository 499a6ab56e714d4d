//! The whole suite on the memory backend: both forms, every power and none, behind every pointer and wrapper of the kit.

mod common;

use std::sync::Arc;

use cache_core::{AnyBackend, Capability, Key, Layer, PayloadForm, Result};
use cache_testkit::{Env, FaultLayer, Faulty, MemoryBackend, Raw, Setup, Yielding};

use common::Memory;

mod objects {
    cache_testkit::conformance!(super::Memory::of(super::PayloadForm::Object));
}

mod encoded {
    cache_testkit::conformance!(super::Memory::of(super::PayloadForm::Encoded));
}

/// Makes a setup of the memory backend behind something.
macro_rules! behind {
    ($name:ident: $backend:ty, $form:ident, $wrap:expr) => {
        mod $name {
            use super::*;

            struct Wrapped;

            impl Setup for Wrapped {
                type Backend = $backend;

                async fn open(&self, env: &Env) -> Result<$backend> {
                    let memory = Memory::of(PayloadForm::$form);
                    Ok($wrap(memory.backend(env)))
                }
            }

            cache_testkit::conformance!(Wrapped);
        }
    };
}

behind!(any: AnyBackend, Object, AnyBackend::new);
behind!(any_encoded: AnyBackend, Encoded, AnyBackend::new);
behind!(arc: Arc<MemoryBackend>, Object, Arc::new);
behind!(faulty: Faulty<MemoryBackend>, Object, |memory| FaultLayer::default().layer(memory));
behind!(faulty_encoded: Faulty<MemoryBackend>, Encoded, |memory| FaultLayer::default().layer(memory));
behind!(yielding: Yielding<MemoryBackend>, Object, |memory| Yielding::new(memory, 3));
behind!(yielding_encoded: Yielding<MemoryBackend>, Encoded, |memory| Yielding::new(memory, 3));
behind!(silent: Yielding<MemoryBackend>, Object, |memory| Yielding::new(memory, 0));
behind!(stack: Yielding<Faulty<Arc<AnyBackend>>>, Encoded, |memory| {
    Yielding::new(FaultLayer::default().layer(Arc::new(AnyBackend::new(memory))), 1)
});

/// No optional power: every case that needs one asserts that it answers `Unsupported`.
mod powerless {
    use super::*;

    struct Powerless;

    impl Setup for Powerless {
        type Backend = MemoryBackend;

        async fn open(&self, env: &Env) -> Result<MemoryBackend> {
            let memory = MemoryBackend::encoded(env.judge.clone());
            Ok(memory
                .with_max_payload(env.max_payload)
                .without(Capability::Batch)
                .without(Capability::Scan)
                .without(Capability::Counters))
        }

        async fn plant(&self, backend: &MemoryBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
            Ok(backend.plant(key, raw))
        }
    }

    cache_testkit::conformance!(Powerless);
}
