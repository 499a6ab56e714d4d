//! The client.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use reqwest::{Client, Url, redirect, retry};

use super::budget::Budget;
use super::requests::{RequestCounts, Requests};
use super::route::Route;
use super::{EsiConfig, EsiError, Lookup};
use crate::model::{Alliance, Character, Corporation, Killmail, SolarSystem, UniverseType};
use crate::{Id, Kind};

/// A client for ESI. Clones are cheap and share connections, error budget and counts.
///
/// # Example
///
/// ```
/// use eve::esi::{EsiClient, EsiConfig};
/// use eve::standin::StandIn;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let esi = StandIn::builder().start().await?;
/// let client = EsiClient::new(EsiConfig {
///     base_url: esi.base_url(),
///     ..EsiConfig::default()
/// })?;
/// let jita = client.get_system(30_000_142).await?.into_value().unwrap();
/// assert_eq!(jita.name, "Jita");
/// esi.close().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EsiClient {
    pub(super) inner: Arc<Inner>,
}

/// What clones share.
pub(super) struct Inner {
    pub(super) http: Client,
    pub(super) base: Url,
    pub(super) config: EsiConfig,
    pub(super) budget: Budget,
    pub(super) requests: Requests,
}

impl EsiClient {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`EsiErrorKind::Config`](super::EsiErrorKind::Config) if a setting is out of its range, or if the base address
    /// is `https` and the feature `tls` is off.
    pub fn new(config: EsiConfig) -> Result<Self, EsiError> {
        let base = config.check()?;
        let inner = Inner {
            http: http(&config, &base)?,
            base,
            budget: Budget::new(config.error_floor),
            requests: Requests::default(),
            config,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Looks up a character. Nothing is sent until the look-up is awaited.
    pub fn get_character(&self, id: Id) -> Lookup<Character> {
        self.lookup(Kind::Character, id)
    }

    /// Looks up a corporation. Nothing is sent until the look-up is awaited.
    pub fn get_corporation(&self, id: Id) -> Lookup<Corporation> {
        self.lookup(Kind::Corporation, id)
    }

    /// Looks up an alliance. Nothing is sent until the look-up is awaited.
    pub fn get_alliance(&self, id: Id) -> Lookup<Alliance> {
        self.lookup(Kind::Alliance, id)
    }

    /// Looks up a solar system. Nothing is sent until the look-up is awaited.
    pub fn get_system(&self, id: Id) -> Lookup<SolarSystem> {
        self.lookup(Kind::System, id)
    }

    /// Looks up a type. Nothing is sent until the look-up is awaited.
    pub fn get_type(&self, id: Id) -> Lookup<UniverseType> {
        self.lookup(Kind::Type, id)
    }

    /// Looks up a killmail by its id and the hash that ESI demands beside it. Nothing is sent until the look-up is
    /// awaited.
    pub fn get_killmail(&self, id: Id, hash: &str) -> Lookup<Killmail> {
        let route = Route {
            kind: Kind::Killmail,
            id,
            hash: Some(hash.to_owned()),
        };
        Lookup::new(self.clone(), route)
    }

    /// Returns how many requests this client and its clones have sent.
    #[must_use]
    pub fn requests(&self) -> RequestCounts {
        self.inner.requests.read()
    }

    fn lookup<T>(&self, kind: Kind, id: Id) -> Lookup<T> {
        let route = Route {
            kind,
            id,
            hash: None,
        };
        Lookup::new(self.clone(), route)
    }
}

impl fmt::Debug for EsiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EsiClient")
            .field("config", &self.inner.config)
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}

/// Builds the HTTP client. Retries are ours alone, so that each request is counted and asks the error budget; a
/// redirect is an answer like any other, since ESI sends none.
fn http(config: &EsiConfig, base: &Url) -> Result<Client, EsiError> {
    #[cfg(feature = "tls")]
    super::tls::provide();
    let mut builder = Client::builder()
        .user_agent(&config.user_agent)
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    if is_loopback(base) {
        // A proxy would look for the address on its own machine.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        EsiError::config("`user_agent` must be a header's text").because(error.without_url())
    })
}

fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
