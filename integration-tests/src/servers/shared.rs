//! Servers that the tests of one run share, whatever processes they run in: for suites whose cases each have a namespace of
//! their own, and that pause and kill nothing.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::until::{NotYet, until};
use super::{RedisSentinel, Unavailable, program, record};

/// The program that keeps the servers.
const KEEPER: &str = "cache-test-servers";

/// Where keepers say how they are reached, beside what is built.
const FOLDER: &str = "cache-test-places";

/// How long a keeper may take to greet: it may be emptying the servers.
const GREETING: Duration = Duration::from_secs(5);

/// A cluster as [`RedisCluster`](super::RedisCluster), which others use at the same time. Dropping it ends this use of it.
#[derive(Debug)]
pub struct SharedCluster(Lease);

impl SharedCluster {
    /// Joins the cluster of this run; the first to join starts it.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn join() -> Result<Self, Unavailable> {
        let joined = join("cluster");
        record::started(
            "redis cluster",
            joined.as_ref().map(|lease| lease.place.clone()),
        );
        joined.map(Self)
    }

    /// Returns the addresses of all nodes: the masters of the start, then their replicas.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0.addresses
    }
}

/// Servers under Sentinels as [`RedisSentinel`], which others use at the same time. Dropping it ends this use of them.
#[derive(Debug)]
pub struct SharedSentinel(Lease);

impl SharedSentinel {
    /// Joins the Sentinels of this run; the first to join starts them.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn join() -> Result<Self, Unavailable> {
        let joined = join("sentinel");
        record::started(
            "redis sentinel",
            joined.as_ref().map(|lease| lease.place.clone()),
        );
        joined.map(Self)
    }

    /// Returns the addresses of the Sentinels.
    #[must_use]
    pub fn sentinels(&self) -> &[SocketAddr] {
        &self.0.addresses
    }

    /// Returns the name under which the Sentinels know the master.
    #[must_use]
    pub fn master_name(&self) -> &'static str {
        RedisSentinel::MASTER_NAME
    }
}

/// A connection to the keeper: it keeps the servers as long as this is open.
#[derive(Debug)]
struct Lease {
    addresses: Vec<SocketAddr>,
    place: String,
    _open: BufReader<TcpStream>,
}

fn join(kind: &str) -> Result<Lease, Unavailable> {
    let folder = program::folder()?.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{kind}.place"));
    if let Some(lease) = lease(&file) {
        return Ok(lease);
    }
    // One test starts the keeper; the others wait here. The lock ends with the file.
    let lock = File::create(folder.join(format!("{kind}.lock")))?;
    flock(&lock, FlockOperation::LockExclusive)
        .map_err(|error| Unavailable::new(error.to_string()))?;
    if let Some(lease) = lease(&file) {
        return Ok(lease);
    }
    let said = folder.join(format!("{kind}.log"));
    let mut keeper = start(&program::find(KEEPER)?, kind, &file, &said)?;
    until("the keeper of the shared servers does not answer", || {
        if keeper.try_wait().map_err(Unavailable::from)?.is_some() {
            let why = fs::read_to_string(&said).unwrap_or_default();
            return Err(NotYet::Never(Unavailable::new(why.trim())));
        }
        lease(&file).ok_or_else(|| NotYet::later("it has published no place"))
    })
}

/// Starts the keeper in a group of its own: what ends this test does not end it.
fn start(program: &Path, kind: &str, file: &Path, said: &Path) -> Result<Child, Unavailable> {
    Command::new(program)
        .arg(kind)
        .arg(file)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(said)?)
        .spawn()
        .map_err(Unavailable::from)
}

/// Opens a lease at the place that a file names; `None` where nobody keeps anything there any more.
fn lease(file: &Path) -> Option<Lease> {
    let place = fs::read_to_string(file).ok()?;
    let (port, token) = place.split_once(' ')?;
    let stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>().ok()?)).ok()?;
    stream.set_read_timeout(Some(GREETING)).ok()?;
    let mut open = BufReader::new(stream);
    let mut greeting = String::new();
    open.read_line(&mut greeting).ok()?;
    let mut fields = greeting.trim_end().split('\t');
    // Another program may listen there by now.
    if fields.next()? != token {
        return None;
    }
    let addresses = fields.next()?.split(' ').map(str::parse);
    Some(Lease {
        addresses: addresses.collect::<Result<_, _>>().ok()?,
        place: fields.next()?.to_owned(),
        _open: open,
    })
}
