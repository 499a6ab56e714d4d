//! The process that keeps servers for many tests: each holds a connection to it as its lease.
//!
//! Started by the first test that needs the servers, it ends some seconds after the last lease, and the servers with it.
//! When nobody holds a lease, what the servers hold is thrown away.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::ask::ask;
use super::cluster::random_id;
use super::{RedisCluster, RedisSentinel, Unavailable};

/// A runner starts the next test within milliseconds; a person the next run within seconds.
const LINGER: Duration = Duration::from_secs(10);

/// Nobody pauses a shared server, so a silent one is only slow.
const FAILED_AFTER: Duration = Duration::from_secs(30);

/// What is kept.
#[derive(Debug)]
enum Kept {
    Cluster(RedisCluster),
    Sentinel(RedisSentinel),
}

impl Kept {
    fn start(kind: &str) -> Result<Self, Unavailable> {
        match kind {
            "cluster" => RedisCluster::start_with(FAILED_AFTER).map(Self::Cluster),
            "sentinel" => RedisSentinel::start_with(FAILED_AFTER).map(Self::Sentinel),
            _ => Err(Unavailable::new("kept are: cluster, sentinel")),
        }
    }

    /// Whom a client asks first.
    fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::Cluster(cluster) => cluster.addresses(),
            Self::Sentinel(sentinel) => sentinel.sentinels(),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Cluster(cluster) => cluster.place(),
            Self::Sentinel(sentinel) => sentinel.place(),
        }
    }

    fn clear(&self) -> Result<(), Unavailable> {
        let masters = match self {
            Self::Cluster(cluster) => cluster.masters()?.iter().map(|node| node.address).collect(),
            Self::Sentinel(sentinel) => vec![sentinel.current_master()?],
        };
        for master in masters {
            ask::<String>(master, &["FLUSHALL"])?;
        }
        Ok(())
    }
}

/// Keeps servers of a kind (`cluster`, `sentinel`) and writes into a file where the leases are to be had; returns when
/// nobody has held one for ten seconds.
///
/// # Errors
/// The servers do not start, or the file cannot be written.
pub fn keep(kind: &str, file: &Path) -> Result<(), Unavailable> {
    // Owned by this thread alone: what other threads hold is not dropped at the end of a process.
    let kept = Kept::start(kind)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let token = random_id();
    let leases = Arc::new(Leases::default());
    let addresses: Vec<_> = kept.addresses().iter().map(ToString::to_string).collect();
    let greeting = format!("{token}\t{}\t{}\n", addresses.join(" "), kept.place());
    let place = format!("{} {token}", listener.local_addr()?.port());
    let counted = Arc::clone(&leases);
    thread::Builder::new().spawn(move || serve(&listener, &greeting, &counted))?;
    publish(file, &place)?;
    leases.wait_for_the_last(|| kept.clear());
    // Another keeper may have taken over the file.
    if fs::read_to_string(file).is_ok_and(|found| found == place) {
        fs::remove_file(file)?;
    }
    Ok(())
}

/// Writes the file in one step: who reads it finds all or nothing.
fn publish(file: &Path, place: &str) -> Result<(), Unavailable> {
    let unfinished = file.with_extension("new");
    fs::write(&unfinished, place)?;
    fs::rename(unfinished, file)?;
    Ok(())
}

fn serve(listener: &TcpListener, greeting: &str, leases: &Arc<Leases>) {
    for stream in listener.incoming().flatten() {
        // A thread for each test that runs at this moment.
        let (leases, greeting) = (Arc::clone(leases), greeting.to_owned());
        let spawned = thread::Builder::new().spawn(move || {
            if leases.open() {
                hold(stream, &greeting);
                leases.close();
            }
        });
        if let Err(error) = spawned {
            eprintln!("no thread for a lease: {error}");
        }
    }
}

/// Returns when the other end is closed, as it is when its process ends, however it ends.
fn hold(mut stream: TcpStream, greeting: &str) {
    let greeted = stream.write_all(greeting.as_bytes());
    // It says nothing: whatever is read is the end.
    let _ = greeted.and_then(|()| stream.read(&mut [0]));
}

/// How many leases there are.
#[derive(Debug, Default)]
struct Leases {
    count: Mutex<Count>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Count {
    open: usize,
    /// All that ever were: a short lease between two looks is seen too.
    ever: usize,
    /// What the last leases left has still to be thrown away.
    used: bool,
    over: bool,
}

impl Leases {
    /// Counts a lease, unless it is too late; what others left is thrown away before.
    fn open(&self) -> bool {
        let count = self.lock();
        let emptied = self
            .changed
            .wait_while(count, |count| count.open == 0 && count.used);
        let mut count = emptied.unwrap_or_else(PoisonError::into_inner);
        if !count.over {
            count.open += 1;
            count.ever += 1;
            count.used = true;
        }
        !count.over
    }

    fn close(&self) {
        let mut count = self.lock();
        count.open = count.open.saturating_sub(1);
        drop(count);
        self.changed.notify_all();
    }

    /// Empties the servers each time that nobody holds a lease, and returns when nobody did for long enough.
    fn wait_for_the_last(&self, clear: impl Fn() -> Result<(), Unavailable>) {
        let mut count = self.lock();
        loop {
            if count.open == 0 && count.used {
                if let Err(why) = clear() {
                    eprintln!("the servers cannot be emptied: {why}");
                }
                count.used = false;
                self.changed.notify_all();
            }
            let ever = count.ever;
            let waited = self.changed.wait_timeout(count, LINGER);
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            count = now;
            if timeout.timed_out() && count.open == 0 && !count.used && count.ever == ever {
                count.over = true;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_servers_are_emptied_between_two_uses_and_kept_while_one_goes_on() {
        let leases = Arc::new(Leases::default());
        let emptied = Arc::new(AtomicUsize::new(0));
        let (waits, counts) = (Arc::clone(&leases), Arc::clone(&emptied));
        thread::spawn(move || {
            waits.wait_for_the_last(|| {
                counts.fetch_add(1, Ordering::SeqCst);
                Ok(())
            });
        });
        assert!(leases.open() && leases.open());
        leases.close();
        assert_eq!(emptied.load(Ordering::SeqCst), 0, "one is still open");
        leases.close();
        // The next lease waits for it.
        assert!(leases.open());
        assert_eq!(emptied.load(Ordering::SeqCst), 1);
    }
}
