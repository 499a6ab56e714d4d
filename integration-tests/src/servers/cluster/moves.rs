//! What an operator does to a cluster that works: a planned failover, and slots that move.

use std::net::SocketAddr;

use super::{Node, RedisCluster};
use crate::servers::Unavailable;
use crate::servers::ask::ask;
use crate::servers::until::{NotYet, until};

/// Keys that are moved by one command.
const BATCH: usize = 100;

impl RedisCluster {
    /// Lets a replica take over from its master, by agreement; returns when everybody knows.
    ///
    /// # Errors
    /// It is no replica, or the others do not agree in time.
    pub fn failover(&self, replica: SocketAddr) -> Result<(), Unavailable> {
        ask::<String>(replica, &["CLUSTER", "FAILOVER"])?;
        until("the replica does not take over", || {
            let masters = self.masters()?;
            if masters.iter().any(|master| master.address == replica) {
                return Ok(());
            }
            Err(NotYet::later("it owns nothing yet"))
        })?;
        self.wait_until_whole()
    }

    /// Moves a slot with its keys to another master; returns when everybody knows.
    ///
    /// # Errors
    /// A node refuses.
    pub fn move_slot(&self, slot: u16, to: SocketAddr) -> Result<(), Unavailable> {
        self.begin_move(slot, to)?;
        self.move_keys(slot, to)?;
        self.finish_move(slot, to)
    }

    /// Marks a slot as moving: its owner answers `ASK` for what it does not hold any more.
    ///
    /// # Errors
    /// A node refuses.
    pub fn begin_move(&self, slot: u16, to: SocketAddr) -> Result<(), Unavailable> {
        let (from, to) = (self.master_of_slot(slot)?, self.node_at(to)?);
        let number = slot.to_string();
        let importing = ["CLUSTER", "SETSLOT", &number, "IMPORTING", &from.id];
        ask::<String>(to.address, &importing)?;
        let migrating = ["CLUSTER", "SETSLOT", &number, "MIGRATING", &to.id];
        ask::<String>(from.address, &migrating)?;
        Ok(())
    }

    /// Moves the keys of a slot that was marked.
    ///
    /// # Errors
    /// A node refuses.
    pub fn move_keys(&self, slot: u16, to: SocketAddr) -> Result<(), Unavailable> {
        let from = self.master_of_slot(slot)?.address;
        let (slot, batch) = (slot.to_string(), BATCH.to_string());
        let (host, port) = (to.ip().to_string(), to.port().to_string());
        loop {
            let list = ["CLUSTER", "GETKEYSINSLOT", &slot, &batch];
            let keys: Vec<String> = ask(from, &list)?;
            if keys.is_empty() {
                return Ok(());
            }
            let mut migrate = vec!["MIGRATE", &host, &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.iter().map(String::as_str));
            ask::<String>(from, &migrate)?;
        }
    }

    /// Gives a slot that was marked, and that is empty, to its new owner; returns when everybody knows.
    ///
    /// # Errors
    /// A node refuses.
    pub fn finish_move(&self, slot: u16, to: SocketAddr) -> Result<(), Unavailable> {
        let (from, to) = (self.master_of_slot(slot)?, self.node_at(to)?);
        let number = slot.to_string();
        // First its new owner: while nobody is told to own it, nobody serves it.
        for node in [&to, &from] {
            let give = ["CLUSTER", "SETSLOT", &number, "NODE", &to.id];
            ask::<String>(node.address, &give)?;
        }
        self.wait_until_whole()
    }

    fn node_at(&self, address: SocketAddr) -> Result<Node, Unavailable> {
        let mut nodes = self.nodes()?.into_iter();
        let found = nodes.find(|node| node.address == address);
        found.ok_or_else(|| Unavailable::new(format!("no node listens on {address}")))
    }
}
