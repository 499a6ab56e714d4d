//! Handing what a cache has counted to a recorder of the `metrics` crate: on a tick or a scrape, never on a hit.

mod names;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use metrics::Recorder;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{MissedTickBehavior, interval};

use crate::monitor::Monitor;
use crate::snapshot::{Snapshot, Source};
use write::Writer;

pub use names::{BUCKETS, Form, METRICS, Metric};

/// Publishes the figures of a cache through the `metrics` crate, under the names of [`METRICS`].
///
/// Nothing is added to any operation of the cache: each publishing takes a snapshot, sets the counters to what it says, and
/// records the durations that came since the last one. Publish on each scrape, or let [`Exporter::run`] do it on a tick.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cache_core::Result;
/// use cache_metrics::{Exporter, Snapshot, Source};
/// use futures_util::future::BoxFuture;
///
/// /// `cache_facade::Cache` is a source; so is anything of your own.
/// struct Mine;
///
/// impl Source for Mine {
///     fn snapshot(&self) -> BoxFuture<'_, Snapshot> {
///         Box::pin(async { Snapshot::new("mine") })
///     }
///
///     fn check(&self) -> BoxFuture<'_, Result<()>> {
///         Box::pin(async { Ok(()) })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let exporter = Exporter::new(Mine);
/// exporter.publish().await; // to the recorder that is installed, if there is one
/// # });
/// ```
#[derive(Clone)]
pub struct Exporter {
    source: Arc<dyn Source>,
    monitor: Option<Monitor>,
    /// What was published last. Held while publishing, so that each duration is recorded once.
    published: Arc<Mutex<Snapshot>>,
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("monitor", &self.monitor)
            .finish_non_exhaustive()
    }
}

impl Exporter {
    /// Makes an exporter of a cache. Clones share it. One exporter for a cache: two would record its durations twice.
    #[must_use]
    pub fn new(source: impl Source) -> Self {
        Self {
            source: Arc::new(source),
            monitor: None,
            published: Arc::default(),
        }
    }

    /// Publishes what a monitor says, too, as the metric `cache_alert_active`.
    #[must_use]
    pub fn with_monitor(mut self, monitor: &Monitor) -> Self {
        self.monitor = Some(monitor.clone());
        self
    }

    /// Publishes to the recorder that is installed, globally or for this thread. It may be installed at any time: counts are
    /// published whole, durations from before are not. Of more than 1,000,000 durations of one series since the last
    /// publishing, a share is recorded.
    ///
    /// # Cancellation
    /// Publishes everything or nothing.
    pub async fn publish(&self) {
        let (now, mut before) = self.take().await;
        metrics::with_recorder(|recorder| self.write(recorder, &now, &before));
        *before = now;
    }

    /// Publishes to a recorder of the caller's own, as [`Exporter::publish`] does to the one that is installed.
    ///
    /// # Cancellation
    /// As [`Exporter::publish`].
    pub async fn publish_to(&self, recorder: &(impl Recorder + Sync)) {
        let (now, mut before) = self.take().await;
        self.write(recorder, &now, &before);
        *before = now;
    }

    /// Publishes at an interval of at least 1 ms, for as long as it is awaited: give it a task of its own, and drop that with
    /// the cache. For recorders that push; one that is scraped is best published to on each scrape.
    pub async fn run(&self, every: Duration) {
        let mut ticks = interval(every.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.publish().await;
        }
    }

    /// Returns what is published.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    async fn take(&self) -> (Snapshot, MutexGuard<'_, Snapshot>) {
        let before = self.published.lock().await;
        (self.source.snapshot().await, before)
    }

    fn write(&self, recorder: &dyn Recorder, now: &Snapshot, before: &Snapshot) {
        Writer::new(recorder, now, before).write();
        if let Some(monitor) = &self.monitor {
            write::alerts(recorder, &monitor.report());
        }
    }
}
