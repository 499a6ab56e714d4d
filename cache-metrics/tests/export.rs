//! What an exporter publishes, read as the text that Prometheus reads.

#![cfg(feature = "prometheus")]
#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Condition, Entry, Epoch, ErrorKind, Key, Layer, Lifetime, Meta, Operation, ServerWide,
    Space, Ttl,
};
use cache_metrics::{
    BUCKETS, Exporter, Form, METRICS, Metered, MeteredLayer, Monitor, MonitorConfig, Prometheus,
    Snapshot, Tier, Timings,
};
use cache_testkit::{Fault, FaultLayer, Faults, Faulty, ManualClock, MemoryBackend};

use support::{Figures, counted, snapshot, stored};

/// A tier where each operation was called, and one call failed.
async fn busy_tier() -> Arc<Tier> {
    let faults = Faults::default();
    let clock = ManualClock::default();
    let memory = MemoryBackend::new(clock.judge());
    let metered: Metered<Faulty<MemoryBackend>> =
        MeteredLayer::default().layer(FaultLayer::new(&faults).layer(memory));
    let space = Space::new("app", "system", 1).unwrap();
    let key = Key::new(&space, Epoch(0), b"1").unwrap();
    let now = clock.judge().clock().now();
    let life = Lifetime::starting(now, Ttl::Never, Duration::ZERO);
    let entry = Entry::object(Meta::new(now, life), Arc::new(7_u64));
    metered.put(key, entry, Condition::Always).await.unwrap();
    metered.get(key).await.unwrap();
    faults.next(Operation::Get, Fault::Error(ErrorKind::Unavailable));
    metered.get(key).await.unwrap_err();
    metered.tier()
}

/// The value of a series, by how its line begins.
fn value(text: &str, series: &str) -> Option<f64> {
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

async fn scrape_once(now: Snapshot) -> String {
    let figures = Figures::default();
    figures.set(now);
    Prometheus::apart().scrape(&Exporter::new(figures)).await
}

#[tokio::test]
async fn each_figure_is_published_under_its_name_and_labels() {
    let tier = busy_tier().await;
    let loads = Timings::default();
    loads.record(Duration::from_millis(3));
    let stats = counted(|stats| {
        (stats.fresh, stats.stale, stats.negative) = (5, 4, 3);
        (stats.misses.absent, stats.misses.clock) = (2, 1);
        (
            stats.loads,
            stats.load_values,
            stats.load_absents,
            stats.load_errors,
        ) = (9, 4, 3, 1);
        (stats.waiters, stats.fenced, stats.stale_served) = (11, 12, 13);
        (stats.writes, stats.failures) = (14, 15);
        (stats.invalidations.removed, stats.invalidations.expired) = (16, 17);
        stats.invalidations.cleared = 18;
    });
    let store = stored(|store| {
        (store.entries, store.bytes, store.max_bytes) = (Some(21), Some(22), Some(23));
        (store.evictions, store.removals) = (Some(24), Some(25));
    });
    let mut now = snapshot(stats, &loads, &tier, store);
    now.release = Some("1.4.0".to_owned());
    (now.epoch, now.open_flights, now.clears) = (1 << 32, 2, 1);
    let text = scrape_once(now).await;
    for (series, expected) in [
        (
            r#"cache_requests_total{cache="app",domain="system",result="fresh"}"#,
            5.0,
        ),
        (
            r#"cache_requests_total{cache="app",domain="system",result="stale"}"#,
            4.0,
        ),
        (
            r#"cache_requests_total{cache="app",domain="system",result="negative"}"#,
            3.0,
        ),
        (
            r#"cache_requests_total{cache="app",domain="system",result="miss"}"#,
            3.0,
        ),
        (
            r#"cache_misses_total{cache="app",domain="system",reason="absent"}"#,
            2.0,
        ),
        (
            r#"cache_misses_total{cache="app",domain="system",reason="clock"}"#,
            1.0,
        ),
        (
            r#"cache_misses_total{cache="app",domain="system",reason="schema"}"#,
            0.0,
        ),
        (
            r#"cache_loads_total{cache="app",domain="system",outcome="value"}"#,
            4.0,
        ),
        (
            r#"cache_loads_total{cache="app",domain="system",outcome="absent"}"#,
            3.0,
        ),
        (
            r#"cache_loads_total{cache="app",domain="system",outcome="error"}"#,
            1.0,
        ),
        (
            r#"cache_load_duration_seconds_count{cache="app",domain="system"}"#,
            1.0,
        ),
        (
            r#"cache_load_duration_seconds_bucket{cache="app",domain="system",le="0.0025"}"#,
            0.0,
        ),
        (
            r#"cache_load_duration_seconds_bucket{cache="app",domain="system",le="0.005"}"#,
            1.0,
        ),
        (r#"cache_open_flights{cache="app"}"#, 2.0),
        (
            r#"cache_flight_waiters_total{cache="app",domain="system"}"#,
            11.0,
        ),
        (
            r#"cache_fenced_publishes_total{cache="app",domain="system"}"#,
            12.0,
        ),
        (
            r#"cache_stale_served_total{cache="app",domain="system",cause="soft_timeout"}"#,
            13.0,
        ),
        (r#"cache_writes_total{cache="app",domain="system"}"#, 14.0),
        (r#"cache_failures_total{cache="app",domain="system"}"#, 15.0),
        (
            r#"cache_invalidations_total{cache="app",kind="invalidate"}"#,
            16.0,
        ),
        (
            r#"cache_invalidations_total{cache="app",kind="expire"}"#,
            17.0,
        ),
        (
            r#"cache_invalidations_total{cache="app",kind="clear"}"#,
            19.0,
        ),
        (
            r#"cache_ops_total{cache="app",tier="memory",op="get"}"#,
            2.0,
        ),
        (
            r#"cache_op_duration_seconds_count{cache="app",tier="memory",op="get"}"#,
            2.0,
        ),
        (
            r#"cache_errors_total{cache="app",tier="memory",kind="unavailable"}"#,
            1.0,
        ),
        (
            r#"cache_abandoned_ops_total{cache="app",tier="memory"}"#,
            0.0,
        ),
        (
            r#"cache_evictions_total{cache="app",tier="memory",cause="capacity"}"#,
            24.0,
        ),
        (
            r#"cache_evictions_total{cache="app",tier="memory",cause="explicit"}"#,
            25.0,
        ),
        (r#"cache_entries{cache="app",tier="memory"}"#, 21.0),
        (r#"cache_size_bytes{cache="app",tier="memory"}"#, 22.0),
        (
            r#"cache_capacity{cache="app",tier="memory",unit="bytes"}"#,
            23.0,
        ),
        (
            r#"cache_release_info{cache="app",release="1.4.0",epoch="4294967296"}"#,
            1.0,
        ),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series}\n{text}");
    }
}

#[tokio::test]
async fn what_a_store_cannot_tell_is_absent_and_a_server_wide_figure_has_a_name_of_its_own() {
    let tier = busy_tier().await;
    let mut servers = ServerWide::default();
    (servers.entries, servers.evictions) = (Some(1_000), Some(7));
    let store = stored(|store| store.server_wide = Some(servers));
    let text = scrape_once(snapshot(counted(|_| {}), &Timings::default(), &tier, store)).await;
    for absent in [
        "cache_evictions_total{",
        "cache_entries{",
        "cache_size_bytes{",
        "cache_capacity{",
    ] {
        assert!(!text.contains(absent), "{absent}\n{text}");
    }
    assert_eq!(
        value(&text, r#"cache_server_keys{cache="app",tier="memory"}"#),
        Some(1_000.0)
    );
    assert_eq!(
        value(
            &text,
            r#"cache_server_evicted_keys{cache="app",tier="memory"}"#
        ),
        Some(7.0)
    );
}

#[tokio::test]
async fn a_store_that_stops_answering_leaves_no_old_figure_behind() {
    let tier = busy_tier().await;
    let (figures, loads) = (Figures::default(), Timings::default());
    let (exporter, prometheus) = (Exporter::new(figures.clone()), Prometheus::apart());
    let entries = r#"cache_entries{cache="app",tier="memory"}"#;
    let store = stored(|store| store.entries = Some(3));
    figures.set(snapshot(counted(|_| {}), &loads, &tier, store));
    assert_eq!(
        value(&prometheus.scrape(&exporter).await, entries),
        Some(3.0)
    );
    figures.set(snapshot(counted(|_| {}), &loads, &tier, None));
    assert!(
        value(&prometheus.scrape(&exporter).await, entries)
            .unwrap()
            .is_nan()
    );
}

#[tokio::test]
async fn each_duration_is_published_once() {
    let (figures, loads, tier) = (Figures::default(), Timings::default(), busy_tier().await);
    let (exporter, prometheus) = (Exporter::new(figures.clone()), Prometheus::apart());
    let count = r#"cache_load_duration_seconds_count{cache="app",domain="system"}"#;
    for published in [1.0, 2.0, 3.0] {
        loads.record(Duration::from_micros(100));
        figures.set(snapshot(counted(|_| {}), &loads, &tier, None));
        for _ in 0..2 {
            let text = prometheus.scrape(&exporter).await;
            assert_eq!(value(&text, count), Some(published));
        }
    }
}

#[tokio::test]
async fn every_metric_that_is_published_is_in_the_table_with_its_help_and_buckets() {
    let tier = busy_tier().await;
    let loads = Timings::default();
    loads.record(Duration::from_secs(1));
    let store = stored(|store| {
        (store.entries, store.bytes, store.max_bytes) = (Some(1), Some(1), Some(1));
        store.evictions = Some(1);
        let mut servers = ServerWide::default();
        (servers.entries, servers.bytes, servers.max_bytes) = (Some(1), Some(1), Some(1));
        (servers.evictions, servers.expirations) = (Some(1), Some(1));
        store.server_wide = Some(servers);
    });
    let now = snapshot(counted(|stats| stats.fresh = 1), &loads, &tier, store);
    let monitor = Monitor::new(MonitorConfig::default()).unwrap();
    monitor.check(&now);
    let figures = Figures::default();
    figures.set(now);
    let exporter = Exporter::new(figures).with_monitor(&monitor);
    let text = Prometheus::apart().scrape(&exporter).await;
    for metric in METRICS {
        assert!(
            text.contains(&format!("# HELP {} {}", metric.name, metric.help)),
            "{}\n{text}",
            metric.name
        );
        let form = match metric.form {
            Form::Counter => "counter",
            Form::Gauge => "gauge",
            Form::Histogram => "histogram",
        };
        assert!(
            text.contains(&format!("# TYPE {} {form}", metric.name)),
            "{}",
            metric.name
        );
    }
    let types = text.lines().filter(|line| line.starts_with("# TYPE "));
    assert_eq!(types.count(), METRICS.len());
    let series = r#"cache_load_duration_seconds_bucket{cache="app","#;
    let buckets = text.lines().filter(|line| line.starts_with(series));
    assert_eq!(buckets.count(), BUCKETS.len() + 1);
}

#[tokio::test]
async fn alerts_are_published_as_0_1_or_not_a_number() {
    let (tier, loads) = (busy_tier().await, Timings::default());
    let monitor = Monitor::new(MonitorConfig::default()).unwrap();
    let figures = Figures::default();
    let exporter = Exporter::new(figures.clone()).with_monitor(&monitor);
    let prometheus = Prometheus::apart();
    let alert = r#"cache_alert_active{cache="app",alert="hit_ratio_low"}"#;
    let mut seen = Vec::new();
    let steps: [(u64, u64); 3] = [(0, 0), (0, 10), (1_000, 10)];
    for (fresh, absent) in steps {
        let stats = counted(|stats| (stats.fresh, stats.misses.absent) = (fresh, absent));
        figures.set(snapshot(stats, &loads, &tier, None));
        monitor.check(&figures.0.lock().unwrap());
        seen.push(value(&prometheus.scrape(&exporter).await, alert).unwrap());
    }
    assert!(seen[0].is_nan(), "{seen:?}");
    assert_eq!(seen[1..], [1.0, 0.0]);
}
