//! What a service shows of its cache over HTTP: a router to merge into the service's own.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use cache_core::ErrorKind;
use serde::Serialize;

use crate::export::Exporter;
use crate::prometheus::Prometheus;

/// The text format that is answered.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Settings of the router.
///
/// | route | answer |
/// |---|---|
/// | `GET /metrics` | everything that the recorder holds, published at that moment, for Prometheus |
/// | `GET /healthz` | 200 while the process answers: nothing about the store, so that nobody restarts a service because its store is down |
/// | `GET /readyz` | 200 and `{"ready":true,"store":"ok"}`; 503 once the cache is closed |
///
/// A service whose store is down still serves, by its loaders, and takes part again when the store is back. So it stays
/// ready, and `store` names the kind of the error, `unavailable` say; [`Http::require_store`] makes it 503.
///
/// There is no authentication: serve it where only your monitoring reaches it.
///
/// # Example
/// ```
/// # use cache_metrics::{Exporter, Http, Prometheus, Snapshot, Source};
/// # use futures_util::future::BoxFuture;
/// # struct Mine;
/// # impl Source for Mine {
/// #     fn snapshot(&self) -> BoxFuture<'_, Snapshot> { Box::pin(async { Snapshot::new("mine") }) }
/// #     fn check(&self) -> BoxFuture<'_, cache_core::Result<()>> { Box::pin(async { Ok(()) }) }
/// # }
/// let exporter = Exporter::new(Mine); // of your cache
/// let router = Http::new(exporter, Prometheus::apart()).router();
/// let app: axum::Router = axum::Router::new().merge(router);
/// ```
#[derive(Clone, Debug)]
pub struct Http {
    exporter: Exporter,
    prometheus: Prometheus,
    requires_store: bool,
}

impl Http {
    /// Shows the figures that an exporter publishes.
    #[must_use]
    pub const fn new(exporter: Exporter, prometheus: Prometheus) -> Self {
        Self {
            exporter,
            prometheus,
            requires_store: false,
        }
    }

    /// Takes a service for not ready while its store does not answer. Default: it is ready all the same.
    #[must_use]
    pub const fn require_store(mut self, requires_store: bool) -> Self {
        self.requires_store = requires_store;
        self
    }

    /// Makes the router.
    pub fn router(self) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .with_state(self)
    }
}

async fn metrics(State(http): State<Http>) -> impl IntoResponse {
    let text = http.prometheus.scrape(&http.exporter).await;
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], text)
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    store: &'static str,
}

async fn ready(State(http): State<Http>) -> Response {
    let (ready, store) = match http.exporter.source().check().await {
        Ok(()) => (true, "ok"),
        Err(error) => {
            let is_closed = error.kind() == ErrorKind::Closed;
            (!is_closed && !http.requires_store, error.kind().as_str())
        }
    };
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Ready { ready, store })).into_response()
}
