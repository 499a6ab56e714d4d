//! The performance monitor: judges what happened since its last look, and raises and clears alerts.

mod alert;
mod config;
mod figures;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::Result;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::snapshot::{Snapshot, Source};
use alert::Memory;

pub use alert::{Alert, AlertEvent, AlertStatus, State};
pub use config::{MonitorConfig, Thresholds};
pub use figures::Figures;

/// Events that a subscriber may be behind; of a slower one, the oldest are dropped, and it is told so.
const EVENTS: usize = 64;

/// Watches a cache: hit ratio, latency, memory, evictions, errors, each against a threshold.
///
/// Readable as a value ([`Monitor::report`]), as events ([`Monitor::subscribe`], and `tracing` events of the target `cache`),
/// and as the metric `cache_alert_active` ([`Exporter::with_monitor`](crate::Exporter::with_monitor)). Clones share it.
///
/// # Example
/// ```
/// use cache_core::DomainStats;
/// use cache_metrics::{Alert, Monitor, MonitorConfig, Snapshot, State};
/// let monitor = Monitor::new(MonitorConfig::default())?;
/// let events = monitor.check(&Snapshot::new("app"));
/// assert!(events.is_empty());
/// let report = monitor.report();
/// assert!(report.watched.iter().all(|status| status.state == State::NoData && !status.is_raised));
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Monitor(Arc<Inner>);

struct Inner {
    config: MonitorConfig,
    state: Mutex<Looked>,
    events: broadcast::Sender<AlertEvent>,
}

/// What is remembered between looks.
#[derive(Default)]
struct Looked {
    last: Snapshot,
    memory: BTreeMap<Alert, Memory>,
    report: Report,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("config", &self.0.config)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

/// What the last look said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The cache's name.
    pub cache: String,
    /// What happened since the look before.
    pub figures: Figures,
    /// Everything that has a threshold.
    pub watched: Vec<AlertStatus>,
}

impl Monitor {
    /// Makes a monitor. It does nothing by itself: let [`Monitor::run`] look at intervals, or call [`Monitor::check`].
    ///
    /// # Errors
    /// `InvalidConfig`, naming the setting and what is accepted.
    pub fn new(config: MonitorConfig) -> Result<Self> {
        config.check()?;
        Ok(Self(Arc::new(Inner {
            config,
            state: Mutex::default(),
            events: broadcast::channel(EVENTS).0,
        })))
    }

    /// Looks at the configured interval, for as long as it is awaited: give it a task of its own, and drop that with the
    /// cache.
    pub async fn run(&self, source: Arc<dyn Source>) {
        let mut ticks = interval(self.0.config.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.check(&source.snapshot().await);
        }
    }

    /// Judges what happened between the last snapshot and this one, and returns which alerts it raised or cleared. The first
    /// look judges everything since the cache was built.
    pub fn check(&self, now: &Snapshot) -> Vec<AlertEvent> {
        let config = &self.0.config;
        let mut looked = self.lock();
        let figures = Figures::between(&looked.last, now, config.min_lookups);
        let at = Instant::now();
        let mut watched = Vec::new();
        let mut changed = Vec::new();
        for (alert, figure, threshold) in judged(&config.thresholds, &figures) {
            let state = state_of(alert, figure, threshold);
            let memory = looked.memory.entry(alert).or_default();
            let has_changed = memory.follow(state, at, config.cooldown);
            let status = AlertStatus {
                alert,
                state,
                is_raised: memory.is_raised(),
                figure,
                threshold,
            };
            watched.push(status);
            if has_changed {
                changed.push(AlertEvent { status });
            }
        }
        looked.last = now.clone();
        looked.report = Report {
            cache: now.cache.clone(),
            figures,
            watched,
        };
        drop(looked);
        for event in &changed {
            self.tell(&now.cache, event);
        }
        changed
    }

    /// Returns what the last look said; nothing is watched before the first.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().report.clone()
    }

    /// Subscribes to alerts that are raised and cleared from now on. Who is more than 64 events behind loses the oldest, and
    /// is told how many.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<AlertEvent> {
        self.0.events.subscribe()
    }

    fn tell(&self, cache: &str, event: &AlertEvent) {
        let AlertStatus {
            alert,
            is_raised,
            figure,
            threshold,
            ..
        } = event.status;
        let alert = alert.as_str();
        if is_raised {
            tracing::warn!(target: "cache", cache, alert, figure, threshold, "alert raised");
        } else {
            tracing::info!(target: "cache", cache, alert, figure, threshold, "alert cleared");
        }
        // Without a subscriber, nobody wants it.
        let _ = self.0.events.send(*event);
    }

    fn lock(&self) -> MutexGuard<'_, Looked> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What has a threshold: its figure, and the threshold.
fn judged(thresholds: &Thresholds, figures: &Figures) -> Vec<(Alert, Option<f64>, f64)> {
    let seconds = |duration: std::time::Duration| duration.as_secs_f64();
    let rows = [
        (Alert::HitRatioLow, figures.hit_ratio, thresholds.hit_ratio),
        (
            Alert::LatencyHigh,
            figures.p99.map(seconds),
            thresholds.p99.map(seconds),
        ),
        (Alert::MemoryHigh, figures.memory, thresholds.memory),
        (
            Alert::EvictionRateHigh,
            figures.eviction_rate,
            thresholds.eviction_rate,
        ),
        (
            Alert::ErrorRateHigh,
            figures.error_rate,
            thresholds.error_rate,
        ),
    ];
    let rows = rows.into_iter();
    rows.filter_map(|(alert, figure, threshold)| Some((alert, figure, threshold?)))
        .collect()
}

fn state_of(alert: Alert, figure: Option<f64>, threshold: f64) -> State {
    let Some(figure) = figure else {
        return State::NoData;
    };
    let is_breached = match alert {
        Alert::HitRatioLow => figure < threshold,
        Alert::LatencyHigh | Alert::MemoryHigh | Alert::EvictionRateHigh | Alert::ErrorRateHigh => {
            figure > threshold
        }
    };
    if is_breached {
        State::Breached
    } else {
        State::Fine
    }
}
