//! What all domains of a cache share: the store, the clock, the flights, the tasks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cache_core::{AnyBackend, Backend, Error, ErrorKind, Judge, Meta, Object, Operation, Result};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

use crate::deadline::at_once;
use crate::flight::FlightTable;
use crate::metered::Tier;
use crate::release::Release;
use crate::report::Observers;
#[cfg(feature = "versioning")]
use crate::versions::Versioned;

/// What a flight hands to its callers, whatever the type of its value.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// The value; `None` is "known to be absent".
    pub(crate) value: Option<Arc<dyn Object>>,
    pub(crate) meta: Meta,
}

impl Held {
    pub(crate) fn value<T: Send + Sync + 'static>(value: &Arc<T>, meta: Meta) -> Self {
        Self {
            value: Some(Arc::<T>::clone(value)),
            meta,
        }
    }

    pub(crate) const fn absent(meta: Meta) -> Self {
        Self { value: None, meta }
    }
}

/// What the callers of a flight get.
pub(crate) type Answer = Result<Held>;

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) store: AnyBackend,
    /// The same store for what loads put there.
    pub(crate) loads: AnyBackend,
    /// The releases that share the store, if the application has releases.
    #[cfg(feature = "versioning")]
    pub(crate) versions: Option<Versioned<AnyBackend>>,
    /// What is counted of the store.
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "nobody asks"))]
    pub(crate) tier: Tier,
    pub(crate) judge: Judge,
    pub(crate) namespace: String,
    pub(crate) flights: Arc<FlightTable<Answer>>,
    pub(crate) observers: Observers,
    pub(crate) deadline: Duration,
    pub(crate) clear_deadline: Duration,
    /// The deadline of a call that is one question to the store; none where the store keeps one itself that is as short, since
    /// two timers for one wait cost more than all that is counted for it.
    pub(crate) question: Option<Duration>,
    pub(crate) close_grace: Duration,
    pub(crate) max_payload: usize,
    pub(crate) is_bypassed: AtomicBool,
    /// Clears of the whole cache that ended well.
    pub(crate) clears: AtomicU64,
    is_closed: AtomicBool,
    tasks: TaskTracker,
    pub(crate) ends: Ends,
}

/// How loads learn that there is no more use for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends {
    /// The cache is closing: a loader that listens can stop early.
    pub(crate) closing: CancellationToken,
    /// The grace period is over: loads are dropped.
    pub(crate) stop: CancellationToken,
}

impl Ends {
    fn all(&self) {
        self.closing.cancel();
        self.stop.cancel();
    }
}

/// The store in its roles.
pub(crate) struct CoreStores {
    store: AnyBackend,
    loads: AnyBackend,
    #[cfg(feature = "versioning")]
    versions: Option<Versioned<AnyBackend>>,
}

impl CoreStores {
    #[cfg(feature = "versioning")]
    pub(crate) fn of(
        store: AnyBackend,
        release: &Release,
        judge: &Judge,
        deadline: Duration,
    ) -> Self {
        let versions = crate::versions::of(&store, release, judge, deadline);
        let (store, loads) = match &versions {
            Some(versions) => (
                AnyBackend::new(versions.clone()),
                AnyBackend::new(versions.for_loads()),
            ),
            None => (store.clone(), store),
        };
        Self {
            store,
            loads,
            versions,
        }
    }

    #[cfg(not(feature = "versioning"))]
    pub(crate) fn of(store: AnyBackend, _: &Release, _: &Judge, _: Duration) -> Self {
        Self {
            loads: store.clone(),
            store,
        }
    }
}

/// The settings of [`Core::new`].
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) clear_deadline: Duration,
    pub(crate) question: Option<Duration>,
    pub(crate) close_grace: Duration,
    pub(crate) max_payload: usize,
    pub(crate) max_flights: usize,
}

impl Core {
    pub(crate) fn new(
        stores: CoreStores,
        tier: Tier,
        judge: Judge,
        namespace: String,
        observers: Observers,
        limits: &Limits,
    ) -> Self {
        let tasks = TaskTracker::new();
        // A closed tracker still takes tasks; being closed only means that waiting for it ends when it is empty.
        tasks.close();
        Self {
            store: stores.store,
            loads: stores.loads,
            #[cfg(feature = "versioning")]
            versions: stores.versions,
            tier,
            judge,
            namespace,
            flights: Arc::new(FlightTable::new(limits.max_flights)),
            observers,
            deadline: limits.deadline,
            clear_deadline: limits.clear_deadline,
            question: limits.question,
            close_grace: limits.close_grace,
            max_payload: limits.max_payload,
            is_bypassed: AtomicBool::new(false),
            clears: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            tasks,
            ends: Ends::default(),
        }
    }

    #[inline]
    pub(crate) fn is_bypassed(&self) -> bool {
        self.is_bypassed.load(Ordering::Relaxed)
    }

    /// Refuses work after `close` began.
    pub(crate) fn ensure_open(&self, operation: Operation) -> Result<()> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Error::closed(operation, self.store.info().name));
        }
        Ok(())
    }

    /// Refuses a load outside a runtime, where it could not go on without its caller.
    pub(crate) fn ensure_runtime() -> Result<()> {
        match Handle::try_current() {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::new(
                ErrorKind::InvalidConfig,
                "loads need a tokio runtime around the call",
            )
            .operation(Operation::Load)),
        }
    }

    /// Runs a task that no caller can drop. Its first step is taken here: what ends at once needs no task of its own.
    pub(crate) async fn run(&self, mut task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let _under_way = self.under_way();
        if at_once(task.as_mut()).await.is_none() {
            self.tasks.spawn(task.in_current_span());
        }
    }

    /// Runs a task from where nothing can be awaited, unless the cache is at its end or there is no runtime.
    pub(crate) fn run_apart(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let (false, Ok(runtime)) = (self.ends.stop.is_cancelled(), Handle::try_current()) {
            self.tasks.spawn_on(task.in_current_span(), &runtime);
        }
    }

    /// Counts as a task until it is dropped: `settle` and `close` wait for it.
    pub(crate) fn under_way(&self) -> TaskTrackerToken {
        self.tasks.token()
    }

    /// Waits until no load and no publish is under way.
    pub(crate) async fn settle(&self) {
        self.tasks.wait().await;
    }

    /// Ends everything: callers of open flights get `Closed`, loaders have the grace period, the store is closed last.
    pub(crate) async fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::SeqCst);
        self.ends.closing.cancel();
        self.flights
            .fence_all(&Err(Error::closed(Operation::Load, self.store.info().name)));
        if timeout(self.close_grace, self.settle()).await.is_err() {
            self.ends.all();
            // A load in a caller's future ends when that future is polled or dropped, which is not ours to wait for.
            let _ = timeout(self.deadline, self.settle()).await;
        }
        self.ends.all();
        self.store.close().await
    }
}

/// Held by every handle of a cache. When the last one goes, background work ends, whether `close` was called or not.
#[derive(Debug)]
pub(crate) struct Alive(pub(crate) Ends);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.all();
    }
}
