//! The form that Prometheus reads.

use std::fmt;
use std::sync::Arc;

use cache_core::{Error, ErrorKind, Operation, Result};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::export::{BUCKETS, Exporter, Form, METRICS};

/// A recorder whose figures are read as text by Prometheus. Clones share it.
///
/// Durations are counted in the buckets [`BUCKETS`](crate::BUCKETS). An application that has a `PrometheusBuilder` of its own
/// gives it those buckets for the histograms among [`METRICS`](crate::METRICS), and needs nothing from here.
///
/// # Example
/// ```
/// # use cache_metrics::{Exporter, Prometheus, Snapshot, Source};
/// # use futures_util::future::BoxFuture;
/// # struct Mine;
/// # impl Source for Mine {
/// #     fn snapshot(&self) -> BoxFuture<'_, Snapshot> { Box::pin(async { Snapshot::new("mine") }) }
/// #     fn check(&self) -> BoxFuture<'_, cache_core::Result<()>> { Box::pin(async { Ok(()) }) }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let exporter = Exporter::new(Mine);
/// let text = Prometheus::apart().scrape(&exporter).await;
/// assert!(text.contains(r#"cache_open_flights{cache="mine"} 0"#));
/// # });
/// ```
#[derive(Clone)]
pub struct Prometheus {
    handle: PrometheusHandle,
    /// `None` where it was installed.
    apart: Option<Arc<PrometheusRecorder>>,
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}

impl Prometheus {
    /// Installs the recorder for the whole process: what the application itself counts through the `metrics` crate is scraped
    /// beside the cache's figures.
    ///
    /// # Errors
    /// `InvalidConfig` if a recorder is installed already.
    pub fn install() -> Result<Self> {
        let recorder = recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| {
            let message = "a recorder is installed already; accepted: one in a process";
            Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Build)
        })?;
        Ok(Self {
            handle,
            apart: None,
        })
    }

    /// Makes a recorder for the cache's figures alone, apart from what is installed.
    #[must_use]
    pub fn apart() -> Self {
        let recorder = recorder();
        Self {
            handle: recorder.handle(),
            apart: Some(Arc::new(recorder)),
        }
    }

    /// Publishes what the cache has counted until now, and returns everything as text, in Prometheus' text format 0.0.4.
    pub async fn scrape(&self, exporter: &Exporter) -> String {
        match &self.apart {
            Some(recorder) => exporter.publish_to(&**recorder).await,
            None => exporter.publish().await,
        }
        self.handle.render()
    }
}

fn recorder() -> PrometheusRecorder {
    let histograms = METRICS
        .iter()
        .filter(|metric| metric.form == Form::Histogram);
    let builder = histograms.fold(PrometheusBuilder::new(), |builder, metric| {
        let matcher = Matcher::Full(metric.name.to_owned());
        #[expect(
            clippy::expect_used,
            reason = "it refuses nothing but no buckets at all"
        )]
        let builder = builder
            .set_buckets_for_metric(matcher, &BUCKETS)
            .expect("there are buckets");
        builder
    });
    builder.build_recorder()
}
