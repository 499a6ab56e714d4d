//! One Redis server: one that is named, a container, or a process of its own.

use super::ask::{connect, field, query};
use super::container::Container;
use super::process::{self, Process};
use super::until::until;
use super::{Unavailable, Way, port, record};

/// A server that answers. Dropping it ends what was started for it.
#[derive(Debug)]
pub struct RedisServer {
    host: String,
    port: u16,
    runs: Runs,
    version: String,
}

#[derive(Debug)]
enum Runs {
    Elsewhere,
    Container(Container),
    Local(Process),
}

impl RedisServer {
    /// Finds a server on the way that the environment names: that of `CACHE_TEST_REDIS_URL` (`redis://HOST:PORT`), else a
    /// container where its image is already there, else a process. `CACHE_TEST_REDIS=url|container|local` forces one.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start() -> Result<Self, Unavailable> {
        let started = Way::of_environment().and_then(Self::start_on);
        record::started("redis alone", started.as_ref().map(Self::place));
        started
    }

    /// Finds a server on one way.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start_on(way: Way) -> Result<Self, Unavailable> {
        let demanded = way.is_demanded();
        let started = match way {
            Way::Url { host, port } => Self::of(host, port, Runs::Elsewhere),
            Way::Container(image) => Container::start(&image).and_then(Self::container),
            Way::Local => Self::local(),
            Way::Any(image) => match Container::start_if_there(&image)? {
                Some(container) => Self::container(container),
                None => Self::local(),
            },
        };
        started.map_err(|why| if demanded { why.demanded() } else { why })
    }

    /// Starts `redis-server` as a process of this test, whatever the environment says: for tests that pause or kill it.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn local() -> Result<Self, Unavailable> {
        Self::of_program("redis-server")
    }

    /// Starts Valkey as a process of this test: the program of `CACHE_TEST_VALKEY`, or `valkey-server` on the path.
    ///
    /// # Errors
    /// What is missing, or what went wrong: asked for by name unless there is neither.
    pub fn valkey() -> Result<Self, Unavailable> {
        let named = std::env::var("CACHE_TEST_VALKEY").ok();
        let demanded = named.is_some() || process::is_on_path("valkey-server");
        let started = Self::of_program(named.as_deref().unwrap_or("valkey-server"))
            .map_err(|why| Unavailable::new(format!("{why}; CACHE_TEST_VALKEY names another")))
            .map_err(|why| if demanded { why.demanded() } else { why });
        record::started("valkey alone", started.as_ref().map(Self::place));
        started
    }

    fn of_program(program: &str) -> Result<Self, Unavailable> {
        process::on_free_ports(|| {
            let port = port::free()?;
            let lines = format!("port {port}\nsave \"\"\nappendonly no\n");
            let process = Process::start(program, &[], port, process::directory()?, &lines)?;
            process.wait()?;
            Self::of("127.0.0.1".to_owned(), port, Runs::Local(process))
        })
    }

    fn container(container: Container) -> Result<Self, Unavailable> {
        let (host, port) = (container.host().to_owned(), container.port());
        Self::of(host, port, Runs::Container(container))
    }

    /// Waits until the server answers.
    fn of(host: String, port: u16, runs: Runs) -> Result<Self, Unavailable> {
        let info: String = until("the Redis server does not answer", || {
            query(&mut connect(&host, port)?, &["PING"]).map(|_: String| ())?;
            Ok(query(&mut connect(&host, port)?, &["INFO", "server"])?)
        })?;
        let version = ["valkey_version", "redis_version"]
            .into_iter()
            .find_map(|name| field(&info, name));
        Ok(Self {
            version: version.unwrap_or("of an unknown version").to_owned(),
            host,
            port,
            runs,
        })
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

    /// Says in words what answers, with its version, and for a container with the image's digest.
    #[must_use]
    pub fn place(&self) -> String {
        let version = &self.version;
        match &self.runs {
            Runs::Elsewhere => format!("url, {version}"),
            Runs::Container(container) => format!("container {}, {version}", container.image()),
            Runs::Local(_) => format!("local process, {version}"),
        }
    }

    /// Returns the process id, if the server is a process of this test.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process().ok().map(Process::id)
    }

    /// Stops the process where it stands: connections stay open, nothing is answered.
    ///
    /// # Errors
    /// It has ended, or is no process of this test: take [`RedisServer::local`].
    pub fn pause(&self) -> Result<(), Unavailable> {
        self.process()?.pause()
    }

    /// Lets a paused process go on.
    ///
    /// # Errors
    /// As [`RedisServer::pause`].
    pub fn resume(&self) -> Result<(), Unavailable> {
        self.process()?.resume()
    }

    /// Ends the process at once.
    ///
    /// # Errors
    /// It is no process of this test.
    pub fn kill(&self) -> Result<(), Unavailable> {
        self.process()?.kill()
    }

    /// Starts the process again after its end, empty, on the same port; returns when it answers.
    ///
    /// # Errors
    /// It runs, or it is no process of this test, or it does not start.
    pub fn restart(&self) -> Result<(), Unavailable> {
        self.process()?.restart()
    }

    fn process(&self) -> Result<&Process, Unavailable> {
        match &self.runs {
            Runs::Local(process) => Ok(process),
            Runs::Elsewhere | Runs::Container(_) => Err(Unavailable::new(
                "the server is no process of this test; `RedisServer::local` starts one",
            )),
        }
    }
}
