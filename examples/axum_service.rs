//! A service that looks systems up, each at most once an hour, however many callers ask, and shows what its cache does.
//! Ends cleanly on Ctrl-C.
//!
//! `cargo run -p examples --example axum_service`, then `curl http://127.0.0.1:3000/systems/30000142`, and
//! `curl http://127.0.0.1:3000/metrics`, `/healthz` or `/readyz`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, Router, routing::get};
use cache_facade::config::CacheConfig;
use cache_facade::metrics::{Exporter, Http, Monitor, MonitorConfig, Prometheus};
use cache_facade::{Cache, Cacheable, Domain, domain, loader_fn};
use serde::{Deserialize, Serialize};

#[derive(Clone, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "1h")]
struct System {
    name: String,
}

async fn fetch(id: u64) -> Result<Option<System>, Infallible> {
    Ok((id > 0).then(|| System {
        name: format!("System {id}"),
    })) // here goes the slow call
}

async fn system(
    State(systems): State<Domain<System>>,
    Path(id): Path<u64>,
) -> Result<Json<System>, StatusCode> {
    let found = systems
        .get_or_load(id)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    found
        .map(|system| Json(System::clone(&system)))
        .ok_or(StatusCode::NOT_FOUND)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = Cache::builder()
        .config(CacheConfig::from_url("moka://?max_capacity=100000")?)
        .release("1.0.0")
        .domain(domain::<System>().loader(loader_fn(|id: u64, _| fetch(id))))
        .build()?;

    let monitor = Monitor::new(MonitorConfig::default())?;
    let exporter = Exporter::new(cache.clone()).with_monitor(&monitor);
    let watched = Arc::clone(exporter.source());
    let watching = tokio::spawn(async move { monitor.run(watched).await });

    let app = Router::new()
        .route("/systems/{id}", get(system))
        .with_state(cache.domain::<System>()?)
        .merge(Http::new(exporter, Prometheus::install()?).router());
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let ctrl_c = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, app)
        .with_graceful_shutdown(ctrl_c)
        .await?;
    watching.abort();
    cache.close().await?;
    println!("closed");
    Ok(())
}
