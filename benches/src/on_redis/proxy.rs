//! A proxy that counts round trips: how often a client speaks again after it was answered.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use super::server::{HOST, Server};
use crate::Result;

/// Stands before a server until the program ends.
pub(super) struct Proxy {
    port: u16,
    trips: Arc<AtomicU64>,
}

impl Proxy {
    /// Opens one.
    ///
    /// # Errors
    /// If there is no free port.
    pub(super) fn before(server: &Server) -> Result<Self> {
        let listener = TcpListener::bind((HOST, 0))?;
        let (port, behind) = (listener.local_addr()?.port(), server.port());
        let trips = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&trips);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client that gets no connection sees its own one end.
                let _ = join(&client, behind, &counted);
            }
        });
        Ok(Self { port, trips })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the round trips of all connections since the proxy was opened.
    pub(super) fn trips(&self) -> u64 {
        self.trips.load(SeqCst)
    }
}

/// Joins a client with the server.
fn join(client: &TcpStream, port: u16, trips: &Arc<AtomicU64>) -> std::io::Result<()> {
    let server = TcpStream::connect((HOST, port))?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let is_asking = Arc::new(AtomicBool::new(false));
    let asked = {
        let (is_asking, trips) = (Arc::clone(&is_asking), Arc::clone(trips));
        move || {
            if !is_asking.swap(true, SeqCst) {
                trips.fetch_add(1, SeqCst);
            }
        }
    };
    let answered = move || is_asking.store(false, SeqCst);
    pass_on(client.try_clone()?, server.try_clone()?, asked);
    pass_on(server, client.try_clone()?, answered);
    Ok(())
}

/// Passes on what comes, in a thread of its own. Each piece is noted before it goes on, so an answer is never noted before
/// its question.
fn pass_on(mut from: TcpStream, mut to: TcpStream, note: impl Fn() + Send + 'static) {
    thread::spawn(move || {
        let mut piece = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            note();
            let Some(read) = piece.get(..length) else {
                break;
            };
            if to.write_all(read).is_err() {
                break;
            }
        }
        // The other end learns that this one is gone.
        let _ = to.shutdown(Shutdown::Both);
    });
}
