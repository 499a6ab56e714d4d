//! A master, two replicas, and three Sentinels that watch them.

mod plan;

use std::net::SocketAddr;
use std::time::Duration;

use self::plan::Watcher;
use super::ask::{ask, field};
use super::process::{self, Process};
use super::until::{NotYet, until};
use super::{Unavailable, port, record};

const REPLICAS: usize = 2;
const SENTINELS: usize = 3;

/// Six processes: a master, two replicas, three Sentinels. Dropping it ends them.
#[derive(Debug)]
pub struct RedisSentinel {
    /// The master of the start, then the replicas.
    servers: Vec<Process>,
    sentinels: Vec<Process>,
    version: String,
}

impl RedisSentinel {
    /// The name under which the Sentinels know the master.
    pub const MASTER_NAME: &'static str = "cache-test";

    /// Starts servers and Sentinels that hold a silent master for down after half a second; returns when all know each other.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start() -> Result<Self, Unavailable> {
        let started = Self::start_with(Duration::from_millis(500));
        record::started("redis sentinel", started.as_ref().map(Self::place));
        started
    }

    /// Starts servers and Sentinels that hold a master for down which is silent for so long.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn start_with(down_after: Duration) -> Result<Self, Unavailable> {
        process::on_free_ports(|| {
            let ports: Vec<_> = (0..=REPLICAS)
                .map(|_| port::free())
                .collect::<Result<_, _>>()?;
            let master = ports.first().copied().unwrap_or_default();
            let servers = ports.iter().map(|port| plan::server(*port, master));
            let servers: Vec<_> = servers.collect::<Result<_, Unavailable>>()?;
            let mut version = String::new();
            for server in &servers {
                version = field(&server.wait()?, "redis_version")
                    .unwrap_or("?")
                    .to_owned();
            }
            let watchers: Vec<_> = (0..SENTINELS)
                .map(|_| Watcher::new())
                .collect::<Result<_, _>>()?;
            let sentinels = watchers
                .iter()
                .map(|own| plan::sentinel(own, &watchers, &ports, down_after));
            let started = Self {
                sentinels: sentinels.collect::<Result<_, Unavailable>>()?,
                servers,
                version,
            };
            for sentinel in &started.sentinels {
                sentinel.wait()?;
            }
            started.wait_until_whole()?;
            Ok(started)
        })
    }

    /// Returns the addresses of the Sentinels.
    #[must_use]
    pub fn sentinels(&self) -> Vec<SocketAddr> {
        self.sentinels.iter().map(Process::address).collect()
    }

    /// Returns the addresses of master and replicas, also of those that do not run; the master of the start is the first.
    #[must_use]
    pub fn servers(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(Process::address).collect()
    }

    /// Returns the name under which the Sentinels know the master.
    #[must_use]
    pub fn master_name(&self) -> &'static str {
        Self::MASTER_NAME
    }

    /// Says in words what answers.
    #[must_use]
    pub fn place(&self) -> String {
        let (servers, sentinels) = (self.servers.len(), self.sentinels.len());
        let version = &self.version;
        format!("{servers} local servers under {sentinels} Sentinels, {version}")
    }

    /// Returns the master, as the first Sentinel that answers knows it.
    ///
    /// # Errors
    /// No Sentinel answers.
    pub fn current_master(&self) -> Result<SocketAddr, Unavailable> {
        let running = self.sentinels.iter().filter(|node| node.is_running());
        let mut known = running.filter_map(|node| master_by(node.address()).ok());
        known
            .next()
            .ok_or_else(|| Unavailable::new("no Sentinel answers"))
    }

    /// Waits until the Sentinels that run agree on a master that runs, know each other, and every replica that runs is linked.
    ///
    /// # Errors
    /// What is missing after 20 s.
    pub fn wait_until_whole(&self) -> Result<(), Unavailable> {
        until("the Sentinels do not agree", || self.whole())
    }

    /// Waits until the Sentinels that run agree on another master than this, and it takes writes; returns it. What else
    /// there is may follow ten seconds later: [`RedisSentinel::wait_until_whole`].
    ///
    /// # Errors
    /// What is missing after 20 s.
    pub fn wait_for_another_master(&self, than: SocketAddr) -> Result<SocketAddr, Unavailable> {
        until("no other server becomes the master", || {
            let master = self.agreed()?;
            let info: String = ask(master, &["INFO", "replication"])?;
            if master == than || field(&info, "role") != Some("master") {
                return Err(NotYet::later("it still is the master"));
            }
            Ok(master)
        })
    }

    /// The master that all Sentinels name.
    fn agreed(&self) -> Result<SocketAddr, NotYet> {
        let master = self.current_master()?;
        for sentinel in self.sentinels.iter().filter(|node| node.is_running()) {
            sentinel.still_there()?;
            if master_by(sentinel.address())? != master {
                return Err(NotYet::later("they name different masters"));
            }
        }
        Ok(master)
    }

    fn whole(&self) -> Result<(), NotYet> {
        let master = self.agreed()?;
        for sentinel in self.sentinels.iter().filter(|node| node.is_running()) {
            let question = ["SENTINEL", "CKQUORUM", Self::MASTER_NAME];
            ask::<String>(sentinel.address(), &question)?;
        }
        for server in self.servers.iter().filter(|server| server.is_running()) {
            server.still_there()?;
            in_place(server.address(), master)?;
        }
        Ok(())
    }

    /// Lets a replica take over from a master that works; returns the new master when the Sentinels agree on it.
    ///
    /// # Errors
    /// The Sentinels refuse, or it does not happen in time.
    pub fn failover(&self) -> Result<SocketAddr, Unavailable> {
        let before = self.current_master()?;
        let sentinel = self.sentinels.iter().find(|node| node.is_running());
        let sentinel = sentinel.ok_or_else(|| Unavailable::new("no Sentinel runs"))?;
        // Until a Sentinel has heard of the replicas' state, it knows none that is good enough.
        until("the Sentinels refuse a failover", || {
            let order = ["SENTINEL", "FAILOVER", Self::MASTER_NAME];
            Ok(ask::<String>(sentinel.address(), &order)?)
        })?;
        self.wait_for_another_master(before)
    }

    /// Ends a server or a Sentinel at once.
    ///
    /// # Errors
    /// There is none at this address.
    pub fn kill(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.kill()
    }

    /// Starts a server or a Sentinel again after its end; a server comes back as what it was, until the Sentinels tell it.
    ///
    /// # Errors
    /// There is none at this address, it runs, or it does not start.
    pub fn restart(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.restart()
    }

    /// Stops a server or a Sentinel where it stands.
    ///
    /// # Errors
    /// There is none at this address, or it has ended.
    pub fn pause(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.pause()
    }

    /// Lets a paused server or Sentinel go on.
    ///
    /// # Errors
    /// There is none at this address, or it has ended.
    pub fn resume(&self, address: SocketAddr) -> Result<(), Unavailable> {
        self.process(address)?.resume()
    }

    /// Returns the process id of a server or a Sentinel.
    ///
    /// # Errors
    /// There is none at this address.
    pub fn process_id(&self, address: SocketAddr) -> Result<u32, Unavailable> {
        Ok(self.process(address)?.id())
    }

    fn process(&self, address: SocketAddr) -> Result<&Process, Unavailable> {
        let mut all = self.servers.iter().chain(&self.sentinels);
        let found = all.find(|process| process.address() == address);
        found.ok_or_else(|| Unavailable::new(format!("nobody listens on {address}")))
    }
}

/// The master leads; everybody else follows it, and has what it has.
fn in_place(server: SocketAddr, master: SocketAddr) -> Result<(), NotYet> {
    let info: String = ask(server, &["INFO", "replication"])?;
    let port = master.port().to_string();
    let follows = field(&info, "master_link_status") == Some("up")
        && field(&info, "master_port") == Some(port.as_str());
    let leads = field(&info, "role") == Some("master");
    if leads == (server == master) && (leads || follows) {
        return Ok(());
    }
    Err(NotYet::later(format!("{server} is not in its place")))
}

fn master_by(sentinel: SocketAddr) -> Result<SocketAddr, NotYet> {
    let question = [
        "SENTINEL",
        "GET-MASTER-ADDR-BY-NAME",
        RedisSentinel::MASTER_NAME,
    ];
    let (host, port): (String, String) = ask(sentinel, &question)?;
    let address = format!("{host}:{port}").parse();
    address.map_err(|_| NotYet::later("a Sentinel names no address"))
}
