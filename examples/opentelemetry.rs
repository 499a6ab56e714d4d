//! A cache's figures, handed to OpenTelemetry. The bridge is a recorder of the `metrics` crate like any other, so the cache
//! knows nothing of it. What is exported is kept in memory here, so that it can be looked at without a collector.
//!
//! `cargo run -p examples --example opentelemetry`

use std::collections::BTreeMap;
use std::io;

use cache_facade::Cache;
use cache_facade::metrics::{BUCKETS, Exporter, Form, METRICS};
use metrics_exporter_otel::OpenTelemetryRecorder;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A service takes the exporter of its collector here, and keeps the provider until it ends.
    let exported = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exported.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    metrics::set_global_recorder(bridge(&provider))?;

    let cache = Cache::builder().build()?;
    let names = cache.raw::<String>()?;
    for id in [1, 1, 2] {
        let load = move |_| async move { io::Result::Ok(format!("product {id}")) };
        names.get_or_load_with(id, load).await?;
    }
    // A service gives `exporter.run(every)` a task instead, with the interval of its reader.
    let exporter = Exporter::new(cache.clone());
    exporter.publish().await;
    provider.force_flush()?;

    let figures = figures(&exported.get_finished_metrics()?);
    for (name, expected) in [
        ("cache_requests_total cache raw fresh", 1),
        ("cache_requests_total cache raw miss", 2),
        ("cache_loads_total cache raw value", 2),
        ("cache_load_duration_seconds cache raw", 2), // how many were timed
    ] {
        println!("{name}: {:?}", figures.get(name));
        assert_eq!(figures.get(name), Some(&expected), "{name}");
    }
    cache.close().await?;
    Ok(provider.shutdown()?)
}

/// Makes the recorder. OpenTelemetry's own buckets are meant for milliseconds, so it is told those of the cache.
fn bridge(provider: &SdkMeterProvider) -> OpenTelemetryRecorder {
    let recorder = OpenTelemetryRecorder::new(provider.meter("cache"));
    for metric in METRICS.iter().filter(|one| one.form == Form::Histogram) {
        recorder.set_histogram_bounds(&metric.name.into(), BUCKETS.to_vec());
    }
    recorder
}

/// Reads the counts that were exported, by the metric's name and the values of its labels.
fn figures(exported: &[ResourceMetrics]) -> BTreeMap<String, u64> {
    let mut figures = BTreeMap::new();
    let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
    for metric in scopes.flat_map(ScopeMetrics::metrics) {
        let mut note = |labels: Vec<&KeyValue>, count| {
            let values: Vec<_> = labels.iter().map(|one| one.value.as_str()).collect();
            figures.insert(format!("{} {}", metric.name(), values.join(" ")), count);
        };
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(counter)) => (counter.data_points())
                .for_each(|point| note(point.attributes().collect(), point.value())),
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => (histogram.data_points())
                .for_each(|point| note(point.attributes().collect(), point.count())),
            _ => {}
        }
    }
    figures
}
