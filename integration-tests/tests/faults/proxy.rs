//! A place in the way to a server, at which a connection can be cut or go silent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Forwards what comes to a server. Dropping it cuts every connection.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    /// How many bytes of replies may still pass before the connection is cut.
    budget: AtomicU64,
    silent: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            budget: AtomicU64::new(u64::MAX),
            silent: watch::Sender::new(false),
        });
        let task = tokio::spawn(accept(listener, server, Arc::clone(&state)));
        Self {
            address,
            state,
            task,
        }
    }

    /// Cuts the connection over which the next replies come, after so many bytes of them; later ones pass.
    pub(crate) fn cut_after(&self, bytes: u64) {
        self.state.budget.store(bytes, SeqCst);
    }

    /// Whether a cut that was ordered has happened.
    pub(crate) fn has_cut(&self) -> bool {
        self.state.budget.load(SeqCst) == u64::MAX
    }

    /// Forwards nothing any more, and says so to nobody; or forwards what comes over new connections.
    pub(crate) fn silence(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if let Ok(server) = TcpStream::connect(server).await {
            connections.spawn(forward(client, server, Arc::clone(&state)));
        }
    }
}

async fn forward(client: TcpStream, server: TcpStream, state: Arc<State>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let work = async {
        tokio::select! {
            () = asks(from_client, to_server) => {}
            () = answers(from_server, to_client, &state) => {}
        }
    };
    let mut work = std::pin::pin!(work);
    let mut silent = state.silent.subscribe();
    let lost = async { drop(silent.wait_for(|silent| *silent).await) };
    tokio::select! {
        () = &mut work => {}
        // The connection stays open, as if the way between had been lost.
        () = lost => std::future::pending().await,
    }
}

async fn asks(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: &State) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let left = state.budget.load(SeqCst);
        let passing = usize::try_from(left).unwrap_or(usize::MAX).min(count);
        if to
            .write_all(buffer.get(..passing).unwrap_or_default())
            .await
            .is_err()
        {
            return;
        }
        if left != u64::MAX {
            let rest = left - u64::try_from(passing).unwrap();
            if rest == 0 {
                state.budget.store(u64::MAX, SeqCst);
                return;
            }
            state.budget.store(rest, SeqCst);
        }
    }
}
