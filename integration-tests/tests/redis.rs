//! The suite of the testkit on a Redis server, and on its erased twin.

use std::sync::OnceLock;
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_core::{AnyBackend, Error, ErrorKind, Key, Operation, Result, address};
use cache_testkit::{Env, Raw, Setup};
use integration_tests::{RedisServer, Unavailable};

/// One server for one test; it ends with the test.
#[derive(Default)]
struct Redis(OnceLock<std::result::Result<RedisServer, Unavailable>>);

impl Redis {
    fn server(&self) -> Result<&RedisServer> {
        let started = self.0.get_or_init(RedisServer::start);
        started
            .as_ref()
            .map_err(|why| Error::new(ErrorKind::Unavailable, why.to_string()))
    }

    fn backend(&self, env: &Env) -> Result<RedisBackend> {
        let server = self.server()?;
        RedisBackend::builder()
            .server(server.host(), server.port())
            .judge(env.judge.clone())
            .max_payload(u32::try_from(env.max_payload).unwrap_or(u32::MAX))
            // The clock of a case is moved by hand; the server's is not.
            .expiry_slack(Duration::from_secs(3_600))
            .deadline(Duration::from_secs(10))
            .build()
    }

    async fn plant(&self, key: Key<'_>, raw: Raw) -> Result<bool> {
        let server = self.server()?;
        let address = address::entry(&key);
        let mut commands = redis::pipe();
        commands.del(&address);
        match raw {
            Raw::Bytes(bytes) => commands.set(&address, &*bytes),
            Raw::OtherKind => commands.rpush(&address, "x"),
            _ => return Ok(false),
        };
        let client = redis::Client::open((server.host(), server.port()));
        let done = async {
            let mut connection = client?.get_multiplexed_async_connection().await?;
            commands.exec_async(&mut connection).await
        };
        done.await.map(|()| true).map_err(|error| {
            Error::new(ErrorKind::Unavailable, error.to_string()).operation(Operation::Put)
        })
    }
}

impl Setup for Redis {
    type Backend = RedisBackend;

    async fn open(&self, env: &Env) -> Result<RedisBackend> {
        self.backend(env)
    }

    async fn plant(&self, _: &RedisBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        Self::plant(self, key, raw).await
    }

    fn unavailable(&self) -> Option<String> {
        self.server().err().map(|error| error.to_string())
    }
}

#[derive(Default)]
struct Erased(Redis);

impl Setup for Erased {
    type Backend = AnyBackend;

    async fn open(&self, env: &Env) -> Result<AnyBackend> {
        self.0.backend(env).map(AnyBackend::new)
    }

    async fn plant(&self, _: &AnyBackend, key: Key<'_>, raw: Raw) -> Result<bool> {
        self.0.plant(key, raw).await
    }

    fn unavailable(&self) -> Option<String> {
        Setup::unavailable(&self.0)
    }
}

mod redis_alone {
    cache_testkit::conformance!(super::Redis::default());
}

mod erased {
    cache_testkit::conformance!(super::Erased::default());
}
