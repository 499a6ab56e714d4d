//! The connection: made with the first call, followed after it broke, and each call under the deadline.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use cache_core::{Error, Operation, Result};
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisError, Value};
use tokio::time::timeout;

use crate::config::RedisConfig;
use crate::{error, script};

/// A broken connection is tried again after this time, and then after twice the time before, up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(20);
const LONGEST_RETRY: Duration = Duration::from_millis(500);

/// The way to the server.
pub(crate) struct Link {
    client: Client,
    connection: RwLock<Option<ConnectionManager>>,
    deadline: Duration,
    closed: AtomicBool,
}

impl Link {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        Ok(Self {
            client: client(config)
                .map_err(|_| error::invalid("`host`; accepted: a name or an address"))?,
            connection: RwLock::new(None),
            deadline: config.deadline,
            closed: AtomicBool::new(false),
        })
    }

    /// Sends one command.
    pub(crate) async fn send(&self, operation: Operation, command: &Cmd) -> Result<Value> {
        self.try_send(operation, command)
            .await?
            .map_err(|error| error::translated(&error, operation))
    }

    /// Sends one command; the inner error is the server's or the client's.
    pub(crate) async fn try_send(
        &self,
        operation: Operation,
        command: &Cmd,
    ) -> Result<Result<Value, RedisError>> {
        let mut connection = self.connection(operation)?;
        let answer = timeout(self.deadline, connection.req_packed_command(command));
        let answer = answer.await.map_err(|_| self.too_slow(operation))?;
        Ok(answer.and_then(Value::extract_error))
    }

    /// Sends a call of a script, and the scripts first if the server does not have it.
    pub(crate) async fn call(&self, operation: Operation, call: &Cmd) -> Result<Value> {
        match self.try_send(operation, call).await? {
            Ok(answer) => Ok(answer),
            Err(error) if error::is_missing_script(&error) => {
                self.load_scripts(operation).await?;
                self.send(operation, call).await
            }
            Err(error) => Err(error::translated(&error, operation)),
        }
    }

    /// Sends several commands in one round trip; answers each apart.
    pub(crate) async fn send_many(
        &self,
        operation: Operation,
        commands: impl IntoIterator<Item = Cmd>,
    ) -> Result<Vec<Result<Value, RedisError>>> {
        let mut pipeline = Pipeline::new();
        for command in commands {
            pipeline.add_command(command);
        }
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        pipeline.ignore_errors();
        let count = pipeline.len();
        let mut connection = self.connection(operation)?;
        let answer = timeout(
            self.deadline,
            connection.req_packed_commands(&pipeline, 0, count),
        );
        let values = answer
            .await
            .map_err(|_| self.too_slow(operation))?
            .map_err(|error| error::translated(&error, operation))?;
        if values.len() != count {
            return Err(error::strange(operation));
        }
        Ok(values.into_iter().map(Value::extract_error).collect())
    }

    pub(crate) async fn load_scripts(&self, operation: Operation) -> Result<()> {
        for loaded in self.send_many(operation, script::loads()).await? {
            loaded.map_err(|error| error::translated(&error, operation))?;
        }
        Ok(())
    }

    pub(crate) fn open(&self, operation: Operation) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(error::closed(operation));
        }
        Ok(())
    }

    /// Refuses what comes, and lets the connection go with the calls that are under way.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        *self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn connection(&self, operation: Operation) -> Result<ConnectionManager> {
        let made = self
            .connection
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.open(operation)?;
        made.map_or_else(|| self.connect(operation), Ok)
    }

    /// Makes the manager, which connects with the first command.
    #[cold]
    fn connect(&self, operation: Operation) -> Result<ConnectionManager> {
        // The client would panic outside of a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(error::no_runtime(operation));
        }
        let mut place = self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.open(operation)?;
        if let Some(made) = place.as_ref() {
            return Ok(made.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.deadline))
            .set_response_timeout(None)
            .set_min_delay(FIRST_RETRY)
            .set_max_delay(LONGEST_RETRY);
        let manager = ConnectionManager::new_lazy_with_config(self.client.clone(), config)
            .map_err(|error| error::translated(&error, operation))?;
        Ok(place.insert(manager).clone())
    }

    fn too_slow(&self, operation: Operation) -> Error {
        error::too_slow(operation, self.deadline)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("server", &self.client.get_connection_info().addr())
            .field("deadline", &self.deadline)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

fn client(config: &RedisConfig) -> Result<Client, RedisError> {
    let info = ConnectionAddr::Tcp(config.host.clone(), config.port).into_connection_info()?;
    let mut user = info
        .redis_settings()
        .clone()
        .set_db(config.database)
        .set_skip_set_lib_name();
    if let Some(name) = &config.username {
        user = user.set_username(name);
    }
    if let Some(password) = &config.password {
        user = user.set_password(password.expose());
    }
    let tcp = TcpSettings::default().set_nodelay(true);
    Client::open(info.set_redis_settings(user).set_tcp_settings(tcp))
}
