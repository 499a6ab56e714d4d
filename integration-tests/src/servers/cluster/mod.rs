//! A cluster of six processes: three masters, and a replica of each.

mod moves;
mod plan;
mod view;

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

pub use self::view::Node;

pub(crate) use self::plan::random_id;

use super::ask::{ask, field};
use super::process::{self, Process};
use super::until::{NotYet, until};
use super::{Unavailable, record};

/// Six processes that form a cluster. Dropping it ends them.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Process>,
    version: String,
}

impl RedisCluster {
    /// Starts a cluster that holds a silent node for failed after a second; returns when all of it works, which takes a good
    /// two seconds: so long a master waits before it serves.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start() -> Result<Self, Unavailable> {
        let started = Self::start_with(Duration::from_secs(1));
        record::started("redis cluster", started.as_ref().map(Self::place));
        started
    }

    /// Starts a cluster that holds a node for failed which is silent for so long.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start_with(node_timeout: Duration) -> Result<Self, Unavailable> {
        process::on_free_ports(|| {
            let plan = plan::nodes()?;
            let nodes = (0..plan.len()).map(|index| node(&plan, index, node_timeout));
            let nodes: Vec<_> = nodes.collect::<Result<_, Unavailable>>()?;
            let mut version = String::new();
            for node in &nodes {
                let info = node.wait()?;
                version = field(&info, "redis_version").unwrap_or("?").to_owned();
            }
            let cluster = Self { nodes, version };
            cluster.wait_until_whole()?;
            Ok(cluster)
        })
    }

    /// Returns the addresses of all nodes, also of those that do not run: the masters of the start, then their replicas in
    /// the same order.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Process::address).collect()
    }

    /// Says in words what answers.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{} local processes, {}", self.nodes.len(), self.version)
    }

    /// Returns all nodes as the first that answers sees them.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn nodes(&self) -> Result<Vec<Node>, Unavailable> {
        let mut running = self.nodes.iter().filter(|node| node.is_running());
        let reply = running.find_map(|node| seen_by(node).ok());
        reply.ok_or_else(|| Unavailable::new("no node answers"))
    }

    /// Returns the masters that own slots.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn masters(&self) -> Result<Vec<Node>, Unavailable> {
        let mut nodes = self.nodes()?;
        nodes.retain(Node::is_owner);
        Ok(nodes)
    }

    /// Returns the owner of a slot.
    ///
    /// # Errors
    /// Nobody owns it, or nobody answers.
    pub fn master_of_slot(&self, slot: u16) -> Result<Node, Unavailable> {
        let owner = self.nodes()?.into_iter().find(|node| node.owns(slot));
        owner.ok_or_else(|| Unavailable::new(format!("nobody owns the slot {slot}")))
    }

    /// Returns the replicas of a master.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn replicas_of(&self, master: &Node) -> Result<Vec<Node>, Unavailable> {
        let mut nodes = self.nodes()?;
        nodes.retain(|node| node.master.as_deref() == Some(master.id.as_str()));
        Ok(nodes)
    }

    /// Waits until the nodes that run agree: every slot is owned by a node that runs, each says that the cluster works, and
    /// each other node that runs is linked to its master.
    ///
    /// # Errors
    /// What is missing after 20 s.
    pub fn wait_until_whole(&self) -> Result<(), Unavailable> {
        until("the cluster does not become whole", || self.whole())
    }

    fn whole(&self) -> Result<(), NotYet> {
        let running: Vec<_> = self.nodes.iter().filter(|node| node.is_running()).collect();
        let mut agreed: Option<Vec<Node>> = None;
        for node in &running {
            node.still_there()?;
            let address = node.address();
            let info: String = ask(address, &["CLUSTER", "INFO"])?;
            if field(&info, "cluster_state") != Some("ok") {
                return Err(NotYet::later(format!("{address} does not say ok")));
            }
            let mut seen = seen_by(node)?;
            seen.retain(|seen| running.iter().any(|node| node.address() == seen.address));
            seen.sort_by_key(|node| node.address);
            if agreed.get_or_insert_with(|| seen.clone()) != &seen {
                return Err(NotYet::later(format!("{address} sees it otherwise")));
            }
        }
        in_place(&agreed.unwrap_or_default())
    }

    /// Ends a node at once.
    ///
    /// # Errors
    /// There is no such node.
    pub fn kill(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.kill()
    }

    /// Starts a node again after its end, with what it knew of the cluster and without data.
    ///
    /// # Errors
    /// There is no such node, it runs, or it does not start.
    pub fn restart(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.restart()
    }

    /// Stops a node where it stands.
    ///
    /// # Errors
    /// There is no such node, or it has ended.
    pub fn pause(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.pause()
    }

    /// Lets a paused node go on.
    ///
    /// # Errors
    /// There is no such node, or it has ended.
    pub fn resume(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.resume()
    }

    /// Returns the process id of a node.
    ///
    /// # Errors
    /// There is no such node.
    pub fn process_id(&self, address: SocketAddr) -> Result<u32, Unavailable> {
        Ok(self.process(address)?.id())
    }

    fn process(&self, address: SocketAddr) -> Result<&Process, Unavailable> {
        let mut nodes = self.nodes.iter();
        let found = nodes.find(|node| node.address() == address);
        found.ok_or_else(|| Unavailable::new(format!("no node listens on {address}")))
    }
}

/// Every slot has its owner among these; who owns nothing is a replica, and has what its master has.
fn in_place(running: &[Node]) -> Result<(), NotYet> {
    let owned: usize = running.iter().map(Node::count_slots).sum();
    if owned != plan::SLOTS {
        return Err(NotYet::later("an owner of slots does not run"));
    }
    for node in running.iter().filter(|node| !node.is_owner()) {
        let info: String = ask(node.address, &["INFO", "replication"])?;
        if node.master.is_none() || field(&info, "master_link_status") != Some("up") {
            let address = node.address;
            return Err(NotYet::later(format!(
                "{address} is not linked to a master"
            )));
        }
    }
    Ok(())
}

fn seen_by(node: &Process) -> redis::RedisResult<Vec<Node>> {
    let reply: String = ask(node.address(), &["CLUSTER", "NODES"])?;
    Ok(view::read(&reply))
}

fn node(
    plan: &[plan::Planned],
    index: usize,
    node_timeout: Duration,
) -> Result<Process, Unavailable> {
    let planned = plan
        .get(index)
        .ok_or_else(|| Unavailable::new("no such node in the plan"))?;
    let directory = process::directory()?;
    fs::write(
        directory.path().join("nodes.conf"),
        plan::nodes_conf(plan, index),
    )?;
    let lines = plan::configuration(planned, node_timeout);
    Process::start("redis-server", &[], planned.port, directory, &lines)
}
