//! A slow way to a server, and how long a command takes on it.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use integration_tests::RedisServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::place::{Said, cachectl};

/// How late the answers come.
pub(crate) const LATE: Duration = Duration::from_millis(25);

/// Hands on what clients and server say; the server's part comes late. It ends with its guard.
pub(crate) struct Way {
    port: u16,
    _runtime: Runtime,
}

impl Way {
    pub(crate) fn to(server: &RedisServer, late: Duration) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let goal = format!("{}:{}", server.host(), server.port());
        let listener = runtime.block_on(Listener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&goal).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(hand_on(from_client, to_server, Duration::ZERO));
                tokio::spawn(hand_on(from_server, to_client, late));
            }
        });
        Self {
            port,
            _runtime: runtime,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, late: Duration) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count) = from.read(&mut buffer).await {
        tokio::time::sleep(late).await;
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a real command takes real time")]
pub(crate) fn timed(arguments: &[&str]) -> (Duration, Said) {
    let began = Instant::now();
    let said = cachectl(arguments);
    (began.elapsed(), said)
}
