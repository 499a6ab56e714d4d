//! The stacks that are compared, and the stores that they stand on.

use backend_moka::MokaBackend;
use backend_redis::RedisBackend;
use cache_core::{AnyBackend, Backend, Judge, Layer};
use cache_facade::{Versioned, VersionedLayer};
use cache_metrics::{Metered, MeteredLayer};

use super::noop::Noop;

/// What is wrapped around a store.
pub(super) struct Stack {
    pub(super) name: &'static str,
    /// Wraps a store, and erases the whole once.
    pub(super) erase: fn(Store) -> AnyBackend,
    /// What it may cost beyond the bare store.
    pub(super) most: Option<Most>,
}

/// What a hit through a stack may cost beyond one of the bare store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) instructions: f64,
    pub(super) allocations: f64,
    /// Ratios of time.
    pub(super) on_moka: f64,
    pub(super) on_redis: f64,
}

/// Every stack, the bare store first: the others are compared with it.
pub(super) const STACKS: [Stack; 4] = [
    Stack {
        name: "none",
        erase: |store| store.under(&Nothing),
        most: None,
    },
    Stack {
        name: "metrics",
        erase: |store| store.under(&MeteredLayer::default()),
        most: Some(MOST),
    },
    Stack {
        name: "versioning",
        erase: |store| store.under(&versioned()),
        most: Some(MOST),
    },
    Stack {
        name: "both",
        erase: |store| store.under(&Both),
        most: Some(MOST),
    },
];

/// What one layer may cost, and both together.
const MOST: Most = Most {
    instructions: 120.0,
    allocations: 0.0,
    on_moka: 1.15,
    on_redis: 1.03,
};

/// A store that nothing is wrapped around yet.
pub(super) enum Store {
    Noop(Noop),
    Moka(MokaBackend),
    Redis(RedisBackend),
}

impl Store {
    /// The layer knows the type of the store, as it does in the facade; only the whole is erased.
    fn under<L>(self, layer: &L) -> AnyBackend
    where
        L: Layer<Noop> + Layer<MokaBackend> + Layer<RedisBackend>,
    {
        match self {
            Self::Noop(noop) => AnyBackend::new(layer.layer(noop)),
            Self::Moka(moka) => AnyBackend::new(layer.layer(moka)),
            Self::Redis(redis) => AnyBackend::new(layer.layer(redis)),
        }
    }
}

fn versioned() -> VersionedLayer {
    VersionedLayer::new("1.4.0", Judge::default())
}

/// Both layers in the order of the facade, which leaves the outer one away where a store ends with its process.
struct Both;

impl<B: Backend> Layer<B> for Both {
    type Backend = Versioned<Metered<B>>;

    fn layer(&self, inner: B) -> Self::Backend {
        versioned().layer(MeteredLayer::default().layer(inner))
    }
}

/// The layer that is none.
struct Nothing;

impl<B: Backend> Layer<B> for Nothing {
    type Backend = B;

    fn layer(&self, inner: B) -> B {
        inner
    }
}
