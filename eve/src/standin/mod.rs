//! A stand-in for ESI: a server on loopback that answers as ESI is published to answer.
//!
//! It is written from ESI's published schema and shares no types with [`model`](crate::model), so that the two check
//! each other. Every body follows from the id alone, whatever the order of the requests; who belongs to whom, and which
//! kills there were, it is told ([`StandInBuilder::affiliations`], [`StandInBuilder::killmails`]); names and security
//! of systems come from EVE's public Static Data Export (`data/solar-systems.csv`).
//!
//! It keeps ESI's rules: ids that do not exist are refused, each refusal costs error budget, and once that is spent
//! every route answers 420 until the window ends. What it does not do: answers never change while it runs, there are
//! no other routes, and 429 with its token buckets is left out.

mod bodies;
mod builder;
mod calendar;
mod counts;
mod ids;
mod kills;
mod kin;
mod page;
mod seed;
mod server;
mod systems;
mod text;
mod window;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use world::World;

pub use builder::StandInBuilder;
pub use counts::Counts;
pub use kills::killmail_hash;

/// A running stand-in. Dropping it stops the server in the background; [`StandIn::close`] waits for that.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    world: Arc<World>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl StandIn {
    /// Returns a builder with the settings of the real ESI and no delay, on a free port.
    #[must_use]
    pub fn builder() -> StandInBuilder {
        StandInBuilder::default()
    }

    /// Returns where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address to give to a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns how many requests it has answered, by kind and by status. A request counts when its answer is chosen,
    /// which is before the delay.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.world.counts()
    }

    /// Takes no more requests and waits until those under way are answered.
    pub async fn close(self) {
        drop(self.stop);
        // An error means that the server is gone already.
        let _ = self.server.await;
    }
}
