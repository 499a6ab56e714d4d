//! A server for the time of a run: a process of its own on a free port of the loopback interface.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cache_facade::config::CacheConfig;

use super::DEADLINE;
use crate::Result;

pub(crate) const HOST: &str = "127.0.0.1";

/// How long a server may take to answer its first `PING`.
const PATIENCE: Duration = Duration::from_secs(10);

/// A port is free when it is asked for, and may be taken before the server has it.
const ATTEMPTS: usize = 5;

/// Returns the configuration of a cache on a server. Every setting but the deadline has its default.
pub(crate) fn config(port: u16) -> Result<CacheConfig> {
    let mut config = CacheConfig::from_url(&format!("redis://{HOST}:{port}"))?;
    config.deadline = DEADLINE;
    Ok(config)
}

/// A server that answers. Dropping it ends the process.
pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts one.
    ///
    /// # Errors
    /// If `redis-server` cannot be run, or does not answer.
    pub(crate) fn start() -> Result<Self> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let mut server = Self::spawn()?;
            match server.wait() {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| "no attempt was made to start a server".into()))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Nothing is kept on disk: a save in the background would disturb whoever works at that moment.
    fn spawn() -> Result<Self> {
        let port = TcpListener::bind((HOST, 0))?.local_addr()?.port();
        let process = Command::new("redis-server")
            .args(["--bind", HOST, "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`redis-server` cannot be started ({error}); install it"))?;
        Ok(Self { process, port })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a real server starts in real time"
    )]
    fn wait(&mut self) -> Result {
        let client = redis::Client::open((HOST, self.port))?;
        let until = Instant::now() + PATIENCE;
        loop {
            let pong = client
                .get_connection_with_timeout(PATIENCE)
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            match pong {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error.into()),
                // A refused connection answers at once.
                Err(_) => std::thread::yield_now(),
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("`redis-server` ended: {status}").into());
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
