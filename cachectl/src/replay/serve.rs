//! `--serve`: what the cache does, over HTTP, while it is replayed and until the command is interrupted.

use std::net::SocketAddr;

use cache_facade::Cache;
use cache_facade::metrics::{Exporter, Http, Prometheus};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fault::Fault;

/// A server as long as this lives.
pub(crate) struct Serving(JoinHandle<()>);

impl Serving {
    /// Listens, and says where.
    pub(crate) async fn start(address: SocketAddr, cache: &Cache) -> Result<Self, Fault> {
        let failed =
            |error| Fault::new(format!("--serve: cannot listen on {address}")).because(error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let http = Http::new(Exporter::new(cache.clone()), Prometheus::apart());
        eprintln!("serving http://{address}/metrics, /healthz, /readyz until Ctrl-C");
        Ok(Self(tokio::spawn(async move {
            // It ends with its task; a connection that fails is the affair of who made it.
            let _ = axum::serve(listener, http.router()).await;
        })))
    }

    /// Goes on until the command is interrupted.
    pub(crate) async fn until_interrupted(&self) -> Result<(), Fault> {
        let interrupted = tokio::signal::ctrl_c().await;
        interrupted.map_err(|error| Fault::new("cannot wait for Ctrl-C").because(error))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
