//! The monitor: what it judges, when it raises and clears, who hears of it.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cache_core::{DomainStats, Layer, Stats};
use cache_metrics::{
    Alert, AlertStatus, MeteredLayer, Monitor, MonitorConfig, Snapshot, State, Tier, Timings,
};
use cache_testkit::{ManualClock, MemoryBackend};
use tokio::sync::broadcast::error::TryRecvError;

use support::{Figures, counted, snapshot, stored};

fn tier() -> Arc<Tier> {
    MeteredLayer::default()
        .layer(MemoryBackend::new(ManualClock::default().judge()))
        .tier()
}

fn looked(fresh: u64, absent: u64) -> Snapshot {
    let stats = counted(|stats| (stats.fresh, stats.misses.absent) = (fresh, absent));
    of(stats, None)
}

fn of(stats: DomainStats, store: Option<Stats>) -> Snapshot {
    snapshot(stats, &Timings::default(), &tier(), store)
}

fn monitor(change: impl FnOnce(&mut MonitorConfig)) -> Monitor {
    let mut config = MonitorConfig::default();
    config.thresholds.memory = Some(0.8);
    change(&mut config);
    Monitor::new(config).unwrap()
}

fn status(monitor: &Monitor, alert: Alert) -> AlertStatus {
    let report = monitor.report();
    let mut watched = report.watched.into_iter();
    watched.find(|status| status.alert == alert).unwrap()
}

#[test]
fn without_traffic_there_is_no_data_and_no_alert() {
    let monitor = monitor(|_| {});
    assert!(monitor.report().watched.is_empty());
    for _ in 0..3 {
        assert!(monitor.check(&Snapshot::new("app")).is_empty());
    }
    let report = monitor.report();
    assert_eq!(report.watched.len(), Alert::ALL.len());
    for status in report.watched {
        assert_eq!(
            (status.state, status.is_raised, status.figure),
            (State::NoData, false, None)
        );
    }
}

#[test]
fn each_bad_figure_raises_its_own_alert_and_no_other() {
    let store = |change: fn(&mut Stats)| of(counted(|stats| stats.fresh = 100), stored(change));
    let mut slow = looked(100, 0);
    let timings = Timings::default();
    timings.record(Duration::from_millis(200));
    slow.tiers[0].op_latency.insert("get", timings.latency());
    let full = store(|store| (store.evictions, store.entries) = (Some(20), Some(100)));
    let failing = counted(|stats| {
        (stats.fresh, stats.misses.timeout, stats.failures) = (90, 10, 10);
    });
    for (alert, now, figure) in [
        (Alert::HitRatioLow, looked(80, 20), 0.8),
        (Alert::LatencyHigh, slow, 0.2),
        (
            Alert::MemoryHigh,
            store(|store| (store.bytes, store.max_bytes) = (Some(9), Some(10))),
            0.9,
        ),
        (Alert::EvictionRateHigh, full, 0.2),
        (Alert::ErrorRateHigh, of(failing, None), 0.1),
    ] {
        let monitor = monitor(|_| {});
        let events = monitor.check(&now);
        assert_eq!(events.len(), 1, "{alert:?}: {events:?}");
        let status = events[0].status;
        assert_eq!(
            (status.alert, status.state, status.is_raised),
            (alert, State::Breached, true)
        );
        assert!(
            (status.figure.unwrap() / figure - 1.0).abs() < 0.02,
            "{status:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_judged_is_what_happened_since_the_last_look() {
    let monitor = monitor(|config| config.cooldown = Duration::ZERO);
    assert_eq!(monitor.check(&looked(1_000, 0)).len(), 0);
    // 1,000 hits before hide nothing: of the last 10 look-ups, all missed.
    assert_eq!(monitor.check(&looked(1_000, 10)).len(), 1);
    assert_eq!(status(&monitor, Alert::HitRatioLow).figure, Some(0.0));
    // And then there is no traffic: no data, and nothing stays raised.
    let events = monitor.check(&looked(1_000, 10));
    assert!(!events[0].status.is_raised);
    assert_eq!(status(&monitor, Alert::HitRatioLow).state, State::NoData);
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_raised_and_cleared_once_per_cooldown() {
    let monitor = monitor(|config| config.cooldown = Duration::from_secs(300));
    let mut told = Vec::new();
    let (mut fresh, mut absent) = (0, 0);
    for look in 0..20_u64 {
        if look % 2 == 0 {
            absent += 10;
        } else {
            fresh += 10;
        }
        for event in monitor.check(&looked(fresh, absent)) {
            told.push((30 * look, event.status.is_raised));
        }
        let expected = if look % 2 == 0 {
            State::Breached
        } else {
            State::Fine
        };
        assert_eq!(status(&monitor, Alert::HitRatioLow).state, expected);
        tokio::time::advance(Duration::from_secs(30)).await;
    }
    assert_eq!(told, [(0, true), (30, false), (300, true), (330, false)]);
}

#[test]
fn too_few_lookups_are_no_data() {
    let monitor = monitor(|config| config.min_lookups = 100);
    assert!(monitor.check(&looked(0, 99)).is_empty());
    assert_eq!(monitor.check(&looked(0, 99 + 100)).len(), 1);
}

#[test]
fn what_has_no_threshold_is_not_watched() {
    let monitor = monitor(|config| {
        config.thresholds.hit_ratio = None;
        config.thresholds.memory = None;
    });
    assert!(monitor.check(&looked(0, 10)).is_empty());
    let watched = monitor.report().watched;
    assert_eq!(watched.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_running_monitor_looks_at_its_interval_and_tells_subscribers() {
    let monitor = monitor(|config| config.every = Duration::from_secs(30));
    let figures = Figures::default();
    figures.set(looked(0, 10));
    let mut events = monitor.subscribe();
    let running = monitor.clone();
    let source = Arc::new(figures.clone());
    let task = tokio::spawn(async move { running.run(source).await });
    let raised = events.recv().await.unwrap();
    assert_eq!(
        (raised.status.alert, raised.status.is_raised),
        (Alert::HitRatioLow, true)
    );
    assert_eq!(events.try_recv(), Err(TryRecvError::Empty));
    figures.set(looked(1_000, 10));
    assert!(!events.recv().await.unwrap().status.is_raised);
    task.abort();
}

#[test]
fn a_report_is_data() {
    let monitor = monitor(|_| {});
    monitor.check(&looked(80, 20));
    let report = serde_json::to_value(monitor.report()).unwrap();
    assert_eq!(report["figures"]["hit_ratio"], 0.8);
    assert_eq!(report["watched"][0]["alert"], "hit_ratio_low");
    assert_eq!(report["watched"][0]["state"], "breached");
}
