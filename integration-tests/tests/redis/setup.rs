//! How a case opens a backend on a place, and writes below it.

use std::sync::OnceLock;
use std::time::Duration;

use backend_redis::{RedisBackend, RedisBuilder};
use cache_core::{AnyBackend, Error, ErrorKind, Key, Operation, Result, address};
use cache_testkit::{Env, Raw, Setup};
use integration_tests::Unavailable;
use redis::{Cmd, Connection, RedisError, cmd};

/// A kind of Redis, running.
pub(crate) trait Place: Sized + Send + Sync + 'static {
    /// Starts it, or joins what others started.
    fn start() -> std::result::Result<Self, Unavailable>;

    /// Says where it is, and who we are there.
    fn reached(&self, builder: RedisBuilder) -> RedisBuilder;

    /// Connects below the backend to every server that may hold a key, the likeliest first.
    fn connections(&self) -> Vec<std::result::Result<Connection, Unavailable>>;
}

/// A place for one test; it ends with the test.
pub(crate) struct On<P>(OnceLock<std::result::Result<P, Unavailable>>);

impl<P> Default for On<P> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<P: Place> On<P> {
    fn place(&self) -> Result<&P> {
        let started = self.0.get_or_init(P::start);
        started
            .as_ref()
            .map_err(|why| Error::new(ErrorKind::Unavailable, why.to_string()))
    }

    fn backend(&self, env: &Env) -> Result<RedisBackend> {
        let builder = RedisBackend::builder()
            .judge(env.judge.clone())
            .max_payload(u32::try_from(env.max_payload).unwrap_or(u32::MAX))
            // The clock of a case is moved by hand; the server's is not.
            .expiry_slack(Duration::from_secs(3_600))
            .deadline(Duration::from_secs(10));
        self.place()?.reached(builder).build()
    }

    fn plant(&self, key: Key<'_>, raw: Raw) -> Result<bool> {
        let address = address::entry(&key);
        let mut write = match raw {
            Raw::Bytes(bytes) => cmd("SET").arg(&address).arg(&*bytes).clone(),
            Raw::OtherKind => cmd("RPUSH").arg(&address).arg("x").clone(),
            _ => return Ok(false),
        };
        let mut why = "no server".to_owned();
        for connection in self.place()?.connections() {
            match connection.map(|mut connection| planted(&mut connection, &address, &mut write)) {
                Ok(Ok(())) => return Ok(true),
                Ok(Err(error)) => why = error.to_string(),
                Err(error) => why = error.to_string(),
            }
        }
        Err(Error::new(ErrorKind::Unavailable, why).operation(Operation::Put))
    }

    fn missing(&self) -> Option<String> {
        let started = self.0.get_or_init(P::start);
        // A server that was asked for by name has to be there: opening fails, and says why.
        let why = started.as_ref().err().filter(|why| !why.is_demanded());
        why.map(ToString::to_string)
    }
}

fn planted(
    connection: &mut Connection,
    address: &str,
    write: &mut Cmd,
) -> std::result::Result<(), RedisError> {
    cmd("DEL").arg(address).exec(connection)?;
    write.exec(connection)
}

impl<P: Place> Setup for On<P> {
    type Backend = RedisBackend;

    async fn open(&self, env: &Env) -> Result<RedisBackend> {
        self.backend(env)
    }

    async fn plant(&self, _: &RedisBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Self::plant(self, key, raw)
    }

    fn unavailable(&self) -> Option<String> {
        self.missing()
    }
}

/// The same, erased.
pub(crate) struct Erased<P>(On<P>);

impl<P> Default for Erased<P> {
    fn default() -> Self {
        Self(On::default())
    }
}

impl<P: Place> Setup for Erased<P> {
    type Backend = AnyBackend;

    async fn open(&self, env: &Env) -> Result<AnyBackend> {
        self.0.backend(env).map(AnyBackend::new)
    }

    async fn plant(&self, _: &AnyBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        self.0.plant(key, raw)
    }

    fn unavailable(&self) -> Option<String> {
        self.0.missing()
    }
}
