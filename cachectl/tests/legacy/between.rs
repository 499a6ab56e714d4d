//! A way to a server on which something happens at the very moment when a certain command is on it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use integration_tests::RedisServer;

/// Hands on what clients and server say. Its threads end with the connections, the listening one with the test.
pub(crate) struct Between {
    port: u16,
}

impl Between {
    /// `act` sees what a client says before the server does.
    pub(crate) fn new(server: &RedisServer, act: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let goal = (server.host().to_owned(), server.port());
        let act = Arc::new(act);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect((goal.0.as_str(), goal.1)).unwrap();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let act = Arc::clone(&act);
                thread::spawn(move || hand_on(client, server, &*act));
                thread::spawn(move || hand_on(back.0, back.1, &|_: &[u8]| {}));
            }
        });
        Self { port }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, act: &dyn Fn(&[u8])) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 {
            break;
        }
        act(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Says whether bytes hold a text.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}
