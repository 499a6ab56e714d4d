//! The settings of the stand-in.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::kills::Kills;
use super::kin::Kin;
use super::world::World;
use super::{StandIn, server};
use crate::killmail::Affiliation;

/// Builds a [`StandIn`].
#[derive(Clone, Debug)]
pub struct StandInBuilder {
    pub(super) latency: Duration,
    pub(super) error_rate: f64,
    pub(super) error_limit: u32,
    pub(super) error_window: Duration,
    pub(super) kin: Kin,
    pub(super) kills: Kills,
}

impl Default for StandInBuilder {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            error_rate: 0.0,
            error_limit: 100,
            error_window: Duration::from_secs(60),
            kin: Kin::default(),
            kills: Kills::default(),
        }
    }
}

impl StandInBuilder {
    /// Delays every answer by this much. Default: not at all.
    #[must_use]
    pub fn esi_latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Answers this share of the requests, 0 to 1, with 502. Which ones follows from the number of the request alone,
    /// so that two runs fail alike. Default 0.
    #[must_use]
    pub fn esi_error_rate(mut self, rate: f64) -> Self {
        self.error_rate = rate;
        self
    }

    /// Allows this many errors (answers other than 2xx and 3xx) per window. Default 100, as ESI does.
    #[must_use]
    pub fn error_limit(mut self, limit: u32) -> Self {
        self.error_limit = limit;
        self
    }

    /// Sets the length of the window in which errors are counted; a window opens with its first error. The headers
    /// tell its end in whole seconds, rounded up. At least 1 ms, default 60 s as ESI.
    #[must_use]
    pub fn error_window(mut self, window: Duration) -> Self {
        self.error_window = window;
        self
    }

    /// Tells who belongs to whom; of two statements about the same one the later holds. A character or corporation
    /// not told of still exists if its id is in ESI's ranges, in a corporation of the game's own or in no alliance.
    #[must_use]
    pub fn affiliations(mut self, known: impl IntoIterator<Item = Affiliation>) -> Self {
        self.kin.extend(known);
        self
    }

    /// Tells which kills there were, each a JSON object in ESI's shape. No other kill exists. Where position and items
    /// are missing (the public archive leaves them out), the stand-in makes them up. The hash of each is
    /// [`killmail_hash`](super::killmail_hash).
    #[must_use]
    pub fn killmails(mut self, kills: impl IntoIterator<Item = Value>) -> Self {
        self.kills.extend(kills);
        self
    }

    /// Starts the server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`], naming the setting, if one is out of its range or a killmail has no id;
    /// otherwise whatever the system has against another socket.
    pub async fn start(self) -> io::Result<StandIn> {
        self.check()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(self));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::run(listener, Arc::clone(&world), stopped));
        Ok(StandIn {
            address,
            world,
            stop,
            server,
        })
    }

    fn check(&self) -> io::Result<()> {
        let message = if !(0.0..=1.0).contains(&self.error_rate) {
            "`esi_error_rate` must be 0 to 1"
        } else if self.error_window < Duration::from_millis(1) {
            "`error_window` must be at least 1 ms"
        } else if self.kills.has_nameless() {
            "`killmails`: each needs a positive `killmail_id`"
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}
