//! Where values come from in the tests: a source of truth that counts its calls and stands still where it is told to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_facade::{DomainSpec, LoadContext, Loaded, domain, loader_fn};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{PATIENCE, Thing, thing};

/// A point at which whoever passes stands still until it is released.
#[derive(Clone, Debug)]
pub struct Pause(Arc<watch::Sender<(usize, bool)>>);

impl Pause {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new((0, false))))
    }

    /// Arrives, and goes on once it is released.
    pub async fn pass(&self) {
        self.0.send_modify(|(arrived, _)| *arrived += 1);
        self.0
            .subscribe()
            .wait_for(|(_, open)| *open)
            .await
            .unwrap();
    }

    /// Waits until so many have arrived, ever; panics where nothing else can happen any more.
    pub async fn reached_by(&self, number: usize) {
        let mut state = self.0.subscribe();
        let reached = state.wait_for(|(arrived, _)| *arrived >= number);
        timeout(PATIENCE, reached).await.unwrap().unwrap();
    }

    pub fn release(&self) {
        self.0.send_modify(|(_, open)| *open = true);
    }

    pub fn arrived(&self) -> usize {
        self.0.borrow().0
    }
}

/// A source of truth: what a load yields is what the truth was when the loader read it.
#[derive(Clone, Debug)]
pub struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    truth: AtomicU64,
    calls: AtomicU64,
    pause: Option<Pause>,
}

impl Source {
    pub fn new() -> Self {
        Self::paused_at(None)
    }

    /// Its loads read the truth, and then stand still.
    pub fn slow(pause: &Pause) -> Self {
        Self::paused_at(Some(pause.clone()))
    }

    fn paused_at(pause: Option<Pause>) -> Self {
        Self(Arc::new(Inner {
            truth: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            pause,
        }))
    }

    pub fn set(&self, truth: u64) {
        self.0.truth.store(truth, Ordering::SeqCst);
    }

    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub async fn load(&self) -> Result<Thing, io::Error> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let truth = self.0.truth.load(Ordering::SeqCst);
        if let Some(pause) = &self.0.pause {
            pause.pass().await;
        }
        Ok(thing(truth))
    }

    /// A domain that loads from this source.
    pub fn domain(&self) -> DomainSpec<Thing> {
        let source = self.clone();
        domain().loader(loader_fn(move |_: u64, _| {
            let source = source.clone();
            async move { source.load().await }
        }))
    }
}

/// A domain whose loader is this closure over the number of the call, from 1.
pub fn answering<O>(
    answer: impl Fn(u64, LoadContext<Thing>) -> O + Send + Sync + 'static,
) -> (DomainSpec<Thing>, Arc<AtomicU64>)
where
    O: Future<Output = Result<Loaded<Thing>, io::Error>> + Send + 'static,
{
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let loader = loader_fn(move |_: u64, context| {
        answer(counted.fetch_add(1, Ordering::SeqCst) + 1, context)
    });
    (domain().loader(loader), calls)
}
