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

/// Makes a setup of the memory backend behind something, and says how to reach through it, where that can be.
macro_rules! behind {
    ($name:ident: $backend:ty, $form:ident, $wrap:expr, $reach:expr) => {
        mod $name {
            use super::*;

            struct Wrapped;

            impl Setup for Wrapped {
                type Backend = $backend;

                async fn open(&self, env: &Env) -> Result<$backend> {
                    let memory = Memory::of(PayloadForm::$form);
                    let wrap: fn(MemoryBackend) -> $backend = $wrap;
                    Ok(wrap(memory.backend(env)))
                }

                async fn plant(&self, backend: &$backend, key: Key<'_>, raw: Raw) -> Result<bool> {
                    let reach: fn(&$backend) -> Option<&MemoryBackend> = $reach;
                    Ok(reach(backend).is_some_and(|memory| memory.plant(key, raw)))
                }
            }

            cache_testkit::conformance!(Wrapped);
        }
    };
}

type Stack = Yielding<Faulty<Arc<AnyBackend>>>;

fn faulty(memory: MemoryBackend) -> Faulty<MemoryBackend> {
    FaultLayer::default().layer(memory)
}

fn yielding(memory: MemoryBackend) -> Yielding<MemoryBackend> {
    Yielding::new(memory, 3)
}

fn silent(memory: MemoryBackend) -> Yielding<MemoryBackend> {
    Yielding::new(memory, 0)
}

fn stack(memory: MemoryBackend) -> Stack {
    Yielding::new(
        FaultLayer::default().layer(Arc::new(AnyBackend::new(memory))),
        1,
    )
}

behind!(any: AnyBackend, Object, AnyBackend::new, |_| None);
behind!(any_encoded: AnyBackend, Encoded, AnyBackend::new, |_| None);
behind!(arc: Arc<MemoryBackend>, Object, Arc::new, |arc| Some(arc));
behind!(arc_encoded: Arc<MemoryBackend>, Encoded, Arc::new, |arc| Some(arc));
behind!(with_faults: Faulty<MemoryBackend>, Object, faulty, |outer| Some(outer.get_ref()));
behind!(with_faults_encoded: Faulty<MemoryBackend>, Encoded, faulty, |outer| Some(outer.get_ref()));
behind!(with_yields: Yielding<MemoryBackend>, Object, yielding, |outer| Some(outer.get_ref()));
behind!(with_yields_encoded: Yielding<MemoryBackend>, Encoded, yielding, |outer| Some(outer.get_ref()));
behind!(without_yields: Yielding<MemoryBackend>, Object, silent, |outer| Some(outer.get_ref()));
behind!(in_a_stack: Stack, Encoded, stack, |_| None);

/// A store that can be opened again only when nobody has it open, as a file with a lock.
mod locked {
    use std::sync::{Mutex, PoisonError, Weak};

    use cache_core::{Error, ErrorKind};

    use super::*;

    struct Locked {
        memory: Memory,
        opened: Mutex<Weak<MemoryBackend>>,
    }

    impl Locked {
        fn of(form: PayloadForm) -> Self {
            Self {
                memory: Memory::of(form),
                opened: Mutex::default(),
            }
        }
    }

    impl Setup for Locked {
        type Backend = Arc<MemoryBackend>;

        async fn open(&self, env: &Env) -> Result<Arc<MemoryBackend>> {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            if opened.strong_count() > 0 {
                return Err(Error::new(ErrorKind::Unavailable, "somebody has it open"));
            }
            let backend = Arc::new(self.memory.backend(env).on_disk(&self.memory.disk(env)));
            *opened = Arc::downgrade(&backend);
            Ok(backend)
        }

        async fn reopen(&self, env: &Env) -> Result<Arc<MemoryBackend>> {
            self.open(env).await
        }
    }

    cache_testkit::conformance!(Locked::of(PayloadForm::Encoded));
}

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
