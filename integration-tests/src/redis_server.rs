//! A Redis server for one test: the one of `CACHE_TEST_REDIS_URL`, or a process of its own.

use std::env;
use std::fmt;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server that answers. Dropping it ends the process, if it has one.
#[derive(Debug)]
pub struct RedisServer {
    host: String,
    port: u16,
    process: Option<Process>,
}

/// Why there is no server.
#[derive(Clone, Debug)]
pub struct Unavailable(String);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug)]
struct Process {
    child: Child,
    _directory: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a server may take to answer its first `PING`.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ports are free when they are asked for, and may be taken before the server has them.
const ATTEMPTS: usize = 5;

impl RedisServer {
    /// Finds a server: by `CACHE_TEST_REDIS_URL` (`redis://HOST:PORT`), else by starting `redis-server`.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start() -> Result<Self, Unavailable> {
        match env::var("CACHE_TEST_REDIS_URL") {
            Ok(url) => Self::at(&url),
            Err(_) => Self::local(),
        }
    }

    /// Returns the server's host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn at(url: &str) -> Result<Self, Unavailable> {
        let place = url
            .strip_prefix("redis://")
            .and_then(|rest| rest.trim_end_matches('/').rsplit_once(':'));
        let (host, port) = place.ok_or_else(wrong_url)?;
        let server = Self {
            host: host.to_owned(),
            port: port.parse().map_err(|_| wrong_url())?,
            process: None,
        };
        server.wait()?;
        Ok(server)
    }

    fn local() -> Result<Self, Unavailable> {
        let mut last = Unavailable(String::new());
        for _ in 0..ATTEMPTS {
            match Self::spawn() {
                Ok(server) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn spawn() -> Result<Self, Unavailable> {
        let directory = tempfile::tempdir().map_err(|error| Unavailable(error.to_string()))?;
        let port = free_port().map_err(|error| Unavailable(error.to_string()))?;
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string(), "--loglevel", "warning"])
            .arg("--dir")
            .arg(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                Unavailable(format!(
                    "`redis-server` cannot be started ({error}); install it, or set CACHE_TEST_REDIS_URL=redis://HOST:PORT"
                ))
            })?;
        let server = Self {
            host: "127.0.0.1".to_owned(),
            port,
            process: Some(Process {
                child,
                _directory: directory,
            }),
        };
        server.wait()?;
        Ok(server)
    }

    /// Waits until the server answers `PING`.
    #[expect(
        clippy::disallowed_methods,
        reason = "a real server starts in real time"
    )]
    fn wait(&self) -> Result<(), Unavailable> {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = redis::Client::open((self.host.as_str(), self.port))
                .and_then(|client| client.get_connection_with_timeout(PATIENCE))
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            match answer {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => {
                    return Err(Unavailable(format!(
                        "the Redis server does not answer: {error}"
                    )));
                }
                // A refused connection answers at once; the next attempt gives way first.
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// Returns the process id, if the server is a process of this test.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.child.id())
    }
}

fn wrong_url() -> Unavailable {
    Unavailable("CACHE_TEST_REDIS_URL; accepted: redis://HOST:PORT".to_owned())
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
