//! A domain behind an interface without its type, and the checks of every answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_trait::async_trait;
use cache_facade::{Cache, Domain, DomainSpec, Result, loader_fn};
use rollout_tests::lookup::{Kind, Lookup};
use rollout_tests::report::Counts;
use rollout_tests::values::own::RELEASE;
use rollout_tests::values::{Seal, Value};

use crate::upstream::Upstream;

/// What the service does with a domain.
#[async_trait]
pub(crate) trait Shelf: Send + Sync {
    /// Reads, of an id that no kill mentions.
    async fn enter(&self) -> Result<()>;
    /// Looks up an id and checks what comes; `None` is a wrong value.
    async fn look_up(&self, id: u64) -> Result<Option<Seal>>;
    async fn put(&self, id: u64, edition: u64) -> Result<()>;
    async fn invalidate(&self, id: u64) -> Result<()>;
    fn counts(&self) -> Counts;
}

/// Gives a domain its name and its loader.
pub(crate) fn supplied<T: Value>(
    spec: DomainSpec<T>,
    kind: Kind,
    upstream: &Arc<Upstream>,
) -> DomainSpec<T> {
    let upstream = Arc::clone(upstream);
    let load = move |id: u64, _| {
        let upstream = Arc::clone(&upstream);
        async move {
            let edition = upstream.load(Lookup { kind, id });
            Ok::<_, std::convert::Infallible>(T::make(id, edition, RELEASE))
        }
    };
    spec.named(kind.name()).loader(loader_fn(load))
}

/// Opens a domain of the cache.
pub(crate) fn open<T: Value>(
    cache: &Cache,
    kind: Kind,
    upstream: &Arc<Upstream>,
) -> Result<Box<dyn Shelf>> {
    Ok(Box::new(Typed {
        domain: cache.domain_named::<T>(kind.name())?,
        kind,
        upstream: Arc::clone(upstream),
        tally: Tally::default(),
    }))
}

struct Typed<T> {
    domain: Domain<T>,
    kind: Kind,
    upstream: Arc<Upstream>,
    tally: Tally,
}

/// What the service counts for itself.
#[derive(Default)]
struct Tally {
    asked: AtomicU64,
    from_others: AtomicU64,
    wrong: AtomicU64,
    demanded: AtomicU64,
    old: AtomicU64,
    errors: AtomicU64,
}

impl<T: Value> Typed<T> {
    fn judge(&self, id: u64, demanded: Option<u64>, value: Option<&T>) -> Option<Seal> {
        let seal = value.filter(|value| value.id() == id).and_then(T::seal);
        let Some(seal) = seal else {
            add(&self.tally.wrong);
            return None;
        };
        if seal.made_by() != RELEASE {
            add(&self.tally.from_others);
        }
        if let Some(demanded) = demanded {
            add(&self.tally.demanded);
            if seal.edition() < demanded {
                add(&self.tally.old);
            }
        }
        Some(seal.clone())
    }
}

#[async_trait]
impl<T: Value> Shelf for Typed<T> {
    async fn enter(&self) -> Result<()> {
        self.domain.get(0).await.map(drop)
    }

    async fn look_up(&self, id: u64) -> Result<Option<Seal>> {
        add(&self.tally.asked);
        // Before the look-up: what was demanded meanwhile does not hold for it.
        let kind = self.kind;
        let demanded = self.upstream.demanded(Lookup { kind, id });
        match self.domain.get_or_load(id).await {
            Ok(value) => Ok(self.judge(id, demanded, value.as_deref())),
            Err(error) => {
                add(&self.tally.errors);
                Err(error)
            }
        }
    }

    async fn put(&self, id: u64, edition: u64) -> Result<()> {
        self.domain.put(id, T::make(id, edition, RELEASE)).await
    }

    async fn invalidate(&self, id: u64) -> Result<()> {
        self.domain.invalidate(id).await.map(drop)
    }

    fn counts(&self) -> Counts {
        Counts {
            asked: self.tally.asked.load(Relaxed),
            loaded: self.upstream.loaded(self.kind),
            from_others: self.tally.from_others.load(Relaxed),
            wrong: self.tally.wrong.load(Relaxed),
            demanded: self.tally.demanded.load(Relaxed),
            old: self.tally.old.load(Relaxed),
            errors: self.tally.errors.load(Relaxed),
            ..Counts::from(self.domain.stats())
        }
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Relaxed);
}
