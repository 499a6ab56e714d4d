//! A server that says what it is told to say, for answers that no ESI gives.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers each request with the next of its texts, one per connection, and with the last one from then on. An empty
/// text closes the connection; [`SILENCE`] keeps it open and says nothing.
#[derive(Debug)]
pub(crate) struct Canned {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

/// No answer, ever.
pub(crate) const SILENCE: &str = "silence";

impl Canned {
    pub(crate) async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let server = tokio::spawn(serve(listener, answers, Arc::clone(&heard)));
        Self {
            address,
            heard,
            server,
        }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, in lower case.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, answers: &[&str], heard: Arc<Mutex<Vec<String>>>) {
    let mut silent = Vec::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = hear(&mut stream).await;
        let number = {
            let mut heard = heard.lock().unwrap();
            heard.push(request);
            heard.len()
        };
        let answer = answers.get(number - 1).or(answers.last()).unwrap();
        if *answer == SILENCE {
            silent.push(stream);
            continue;
        }
        // A client that has heard enough hangs up, which is no concern of this side.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

/// Reads up to the empty line that ends a request without a body.
async fn hear(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(request).unwrap().to_lowercase()
}
