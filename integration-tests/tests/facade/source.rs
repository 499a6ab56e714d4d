//! Where values come from: a source of truth that counts its calls, and stands still where it is told to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_facade::{DomainSpec, LoadContext, Loaded, domain, loader_fn};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fixture::{PATIENCE, Thing, thing};

/// A point at which whoever passes stands still until it is released.
#[derive(Clone, Debug)]
pub(crate) struct Pause(Arc<watch::Sender<(usize, bool)>>);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new((0, false))))
    }

    /// Arrives, and goes on once it is released.
    pub(crate) async fn pass(&self) {
        self.0.send_modify(|(arrived, _)| *arrived += 1);
        let mut state = self.0.subscribe();
        state.wait_for(|(_, open)| *open).await.unwrap();
    }

    /// Waits until so many have arrived, ever.
    pub(crate) async fn reached_by(&self, number: usize) {
        let mut state = self.0.subscribe();
        let reached = state.wait_for(|(arrived, _)| *arrived >= number);
        timeout(PATIENCE, reached).await.unwrap().unwrap();
    }

    pub(crate) fn release(&self) {
        self.0.send_modify(|(_, open)| *open = true);
    }

    pub(crate) fn arrived(&self) -> usize {
        self.0.borrow().0
    }
}

/// A source of truth: what a load yields is what was true when the loader read it.
#[derive(Clone, Debug)]
pub(crate) struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    truth: AtomicU64,
    calls: AtomicU64,
    pause: Option<Pause>,
}

impl Source {
    pub(crate) fn of(truth: u64) -> Self {
        Self::paused_at(truth, None)
    }

    /// Its loads read the truth, and then stand still.
    pub(crate) fn slow(truth: u64, pause: &Pause) -> Self {
        Self::paused_at(truth, Some(pause.clone()))
    }

    fn paused_at(truth: u64, pause: Option<Pause>) -> Self {
        Self(Arc::new(Inner {
            truth: AtomicU64::new(truth),
            calls: AtomicU64::new(0),
            pause,
        }))
    }

    pub(crate) fn set(&self, truth: u64) {
        self.0.truth.store(truth, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub(crate) async fn load(&self) -> Result<Thing, io::Error> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let truth = self.0.truth.load(Ordering::SeqCst);
        if let Some(pause) = &self.0.pause {
            pause.pass().await;
        }
        Ok(thing(truth))
    }

    /// A domain that loads from this source.
    pub(crate) fn domain(&self) -> DomainSpec<Thing> {
        let source = self.clone();
        domain().loader(loader_fn(move |_: u64, _| {
            let source = source.clone();
            async move { source.load().await }
        }))
    }
}

/// A domain whose loader is this closure over the number of the call, from 1; and how many calls there were.
pub(crate) fn answering<O>(
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

/// The source is down.
pub(crate) fn down() -> io::Error {
    io::Error::other("the source is down")
}
