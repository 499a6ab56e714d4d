//! A server that speaks TLS alone, asks clients for a certificate, and knows one user, limited to what a cache does.

mod certificates;

use std::fs;
use std::path::PathBuf;

use redis::{
    ClientTlsConfig, Connection, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo,
    TlsCertificates,
};
use rustls::crypto::ring;

use super::ask::{bounded, query};
use super::cluster::random_id;
use super::process::{self, Process};
use super::until::until;
use super::{Unavailable, port, record};

/// What the user may send: what the backend sends, and the greetings of its client.
const COMMANDS: &str = "+ping +hello +client|id +client|setname +get +getrange +strlen +exists +mget +set +setrange \
                        +del +unlink +persist +pexpire +incrby +scan +multi +exec +eval +evalsha +script|load";

/// One process on loopback. Dropping it ends the process and removes the certificates.
#[derive(Debug)]
pub struct RedisTls {
    process: Process,
    key_pattern: String,
    password: String,
    admin_password: String,
}

impl RedisTls {
    /// The user of the cache: no key outside the pattern, no command that a cache does not need.
    pub const USER: &'static str = "app";

    /// A user who may do everything, for what a test does beside the cache.
    pub const ADMIN: &'static str = "admin";

    /// Starts a server whose user [`RedisTls::USER`] reaches the keys of a pattern, such as `shop:*`; the user that nobody
    /// names is off.
    ///
    /// # Errors
    /// What is missing, or what went wrong; a pattern with a space or a quote.
    pub fn start(key_pattern: &str) -> Result<Self, Unavailable> {
        let started = Self::start_here(key_pattern);
        record::started("redis tls", started.as_ref().map(Self::place));
        started
    }

    fn start_here(key_pattern: &str) -> Result<Self, Unavailable> {
        if key_pattern.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'') {
            return Err(Unavailable::new(
                "a key pattern without spaces and quotes is accepted",
            ));
        }
        process::on_free_ports(|| {
            let (password, admin_password) = (random_id(), random_id());
            let lines = users(key_pattern, &password, &admin_password);
            let server = Self {
                process: start(&lines)?,
                key_pattern: key_pattern.to_owned(),
                password,
                admin_password,
            };
            until("the server does not answer over TLS", || {
                server.process.still_there()?;
                // No other server than this has a certificate of its authority.
                Ok(query::<String>(&mut server.connect()?, &["PING"])?)
            })?;
            Ok(server)
        })
    }

    /// Returns a name of the server that is in its certificate.
    #[must_use]
    pub fn host(&self) -> &'static str {
        "localhost"
    }

    /// Returns the port, which speaks TLS and nothing else.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.process.address().port()
    }

    /// Returns the process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Returns the pattern of the keys that the user reaches.
    #[must_use]
    pub fn key_pattern(&self) -> &str {
        &self.key_pattern
    }

    /// Returns the password of [`RedisTls::USER`].
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Returns the password of [`RedisTls::ADMIN`].
    #[must_use]
    pub fn admin_password(&self) -> &str {
        &self.admin_password
    }

    /// Returns the file of the authority that signed the server's certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// Returns the file of a client's certificate that the server trusts.
    #[must_use]
    pub fn client_certificate(&self) -> PathBuf {
        self.file("client.pem")
    }

    /// Returns the file of the key to [`RedisTls::client_certificate`].
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.file("client.key")
    }

    /// Returns the file of an authority that signed nothing of this server.
    #[must_use]
    pub fn wrong_ca(&self) -> PathBuf {
        self.file("wrong-ca.pem")
    }

    /// Returns the file of a client's certificate that the server does not trust.
    #[must_use]
    pub fn wrong_client_certificate(&self) -> PathBuf {
        self.file("wrong-client.pem")
    }

    /// Returns the file of the key to [`RedisTls::wrong_client_certificate`].
    #[must_use]
    pub fn wrong_client_key(&self) -> PathBuf {
        self.file("wrong-client.key")
    }

    /// Says in words what answers.
    #[must_use]
    pub fn place(&self) -> String {
        "local process, TLS with client certificates, ACL".to_owned()
    }

    /// Connects as [`RedisTls::USER`], by the plain client.
    ///
    /// # Errors
    /// The server refuses.
    pub fn connect(&self) -> Result<Connection, Unavailable> {
        self.connect_as(
            Self::USER,
            &self.password,
            &self.ca(),
            Some(&self.client_identity()),
        )
    }

    /// Connects as [`RedisTls::ADMIN`], by the plain client.
    ///
    /// # Errors
    /// The server refuses.
    pub fn connect_admin(&self) -> Result<Connection, Unavailable> {
        let identity = self.client_identity();
        self.connect_as(
            Self::ADMIN,
            &self.admin_password,
            &self.ca(),
            Some(&identity),
        )
    }

    /// Connects with whatever is handed in: certificate and key of the client are one pair of files.
    ///
    /// # Errors
    /// A file cannot be read, or the server is not trusted, or it refuses.
    pub fn connect_as(
        &self,
        user: &str,
        password: &str,
        ca: &std::path::Path,
        client: Option<&(PathBuf, PathBuf)>,
    ) -> Result<Connection, Unavailable> {
        // The client's TLS takes the process's provider; another test may have installed it.
        let _ = ring::default_provider().install_default();
        let address = ConnectionAddr::TcpTls {
            host: self.host().to_owned(),
            port: self.port(),
            insecure: false,
            tls_params: None,
        };
        let login = RedisConnectionInfo::default()
            .set_username(user)
            .set_password(password);
        let info = address.into_connection_info()?.set_redis_settings(login);
        let client_tls = client.map(|(certificate, key)| {
            Ok::<_, Unavailable>(ClientTlsConfig {
                client_cert: fs::read(certificate)?,
                client_key: fs::read(key)?,
            })
        });
        let certificates = TlsCertificates {
            client_tls: client_tls.transpose()?,
            root_cert: Some(fs::read(ca)?),
        };
        Ok(bounded(&redis::Client::build_with_tls(
            info,
            certificates,
        )?)?)
    }

    /// Returns the files of [`RedisTls::client_certificate`] and [`RedisTls::client_key`].
    #[must_use]
    pub fn client_identity(&self) -> (PathBuf, PathBuf) {
        (self.client_certificate(), self.client_key())
    }

    /// Ends the process at once.
    ///
    /// # Errors
    /// It cannot be ended.
    pub fn kill(&self) -> Result<(), Unavailable> {
        self.process.kill()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.process.directory().join(name)
    }
}

fn start(users: &str) -> Result<Process, Unavailable> {
    let (directory, port) = (process::directory()?, port::free()?);
    certificates::write(directory.path())?;
    let lines = format!(
        "port 0\ntls-port {port}\ntls-cert-file server.pem\ntls-key-file server.key\ntls-ca-cert-file ca.pem\n\
         tls-auth-clients yes\nsave \"\"\nappendonly no\n{users}"
    );
    Process::start("redis-server", &[], port, directory, &lines)
}

fn users(key_pattern: &str, password: &str, admin_password: &str) -> String {
    let (user, admin) = (RedisTls::USER, RedisTls::ADMIN);
    format!(
        "user default off\nuser {admin} on >{admin_password} ~* &* +@all\n\
         user {user} on >{password} ~{key_pattern} resetchannels -@all {COMMANDS}\n"
    )
}
