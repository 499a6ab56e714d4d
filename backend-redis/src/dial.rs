//! What every connection to a server of this backend has in common: who we are, and how it is encrypted.

use std::fmt;
use std::time::Duration;

use cache_core::{Result, Secret};
use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, IntoConnectionInfo, RedisError, TlsCertificates};

use crate::config::RedisConfig;
use crate::error;
use crate::line::Line;
use crate::server::Server;

/// Makes lines to servers.
#[derive(Clone)]
pub(crate) struct Dial {
    username: Option<String>,
    password: Option<Secret>,
    database: i64,
    tls: Option<TlsCertificates>,
    deadline: Duration,
}

impl Dial {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        let tls = match &config.tls {
            Some(tls) => Some(tls.load()?),
            None => None,
        };
        Ok(Self {
            username: config.username.clone(),
            password: config.password.clone(),
            database: config.database,
            tls,
            deadline: config.deadline,
        })
    }

    /// Returns the same for another user, in database 0: that of the sentinels.
    pub(crate) fn for_user(&self, username: Option<&str>, password: Option<&Secret>) -> Self {
        Self {
            username: username.map(str::to_owned),
            password: password.cloned(),
            database: 0,
            ..self.clone()
        }
    }

    /// Makes a line; it connects with its first command.
    pub(crate) fn line(&self, server: &Server) -> Result<Line> {
        let client = self
            .client(server)
            .map_err(|error| error::no_client(&error))?;
        Ok(Line::new(client, self.deadline))
    }

    fn client(&self, server: &Server) -> Result<Client, RedisError> {
        let (host, port) = (server.host.clone(), server.port);
        let place = match self.tls {
            None => ConnectionAddr::Tcp(host, port),
            Some(_) => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            },
        };
        let info = place.into_connection_info()?;
        let mut user = info
            .redis_settings()
            .clone()
            .set_db(self.database)
            .set_skip_set_lib_name();
        if let Some(name) = &self.username {
            user = user.set_username(name);
        }
        if let Some(password) = &self.password {
            user = user.set_password(password.expose());
        }
        let tcp = TcpSettings::default().set_nodelay(true);
        let info = info.set_redis_settings(user).set_tcp_settings(tcp);
        match &self.tls {
            None => Client::open(info),
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
        }
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial")
            .field("deadline", &self.deadline)
            .field("is_encrypted", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}
