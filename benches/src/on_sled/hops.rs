//! How many hops to a thread for blocking work an operation makes.
//!
//! The runtime has no other threads than those, and keeps none of them: each hop starts one, and before the next hop it has
//! ended.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_facade::Domain;
use tokio::runtime::{Builder, Runtime};

use super::dirs::Dirs;
use crate::Result;
use crate::pairs::{ACTS, Stack, TIMES, act};
use crate::pilot::Pilot;
use crate::report::Count;

/// A runtime that counts its threads.
struct Hops {
    runtime: Runtime,
    begun: Arc<AtomicU64>,
    ended: Arc<AtomicU64>,
}

impl Hops {
    fn new() -> Result<Self> {
        let (begun, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&ended));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_keep_alive(Duration::ZERO)
            .on_thread_start(move || {
                begins.fetch_add(1, SeqCst);
            })
            .on_thread_stop(move || {
                ends.fetch_add(1, SeqCst);
            })
            .build()?;
        Ok(Self {
            runtime,
            begun,
            ended,
        })
    }

    /// Does an operation as often as it is done, and counts the hops.
    fn of(&self, pilots: &Domain<Pilot>, name: &str, expected: u64) -> Result<Count> {
        let before = self.settled();
        for time in 1..=TIMES {
            self.runtime.block_on(self.apart(act(pilots, name, time)))?;
        }
        Ok(Count {
            counted: self.settled() - before,
            expected: expected * TIMES,
            times: TIMES,
        })
    }

    /// Lets an operation go on only when no thread is left: one that has done its hop and not yet ended would do the next one
    /// too, and the two would count as one.
    async fn apart<T>(&self, operation: impl Future<Output = T>) -> T {
        let mut operation = pin!(operation);
        poll_fn(|context| {
            self.settled();
            operation.as_mut().poll(context)
        })
        .await
    }

    /// Waits until every thread has ended, and returns how many there were.
    fn settled(&self) -> u64 {
        loop {
            let ended = self.ended.load(SeqCst);
            if ended == self.begun.load(SeqCst) {
                return ended;
            }
            std::thread::yield_now();
        }
    }
}

/// Counts the hops of each operation on a store whose reads are offloaded, and of reads on one where they are not.
///
/// # Errors
/// If an operation fails, or does not do what it has to.
pub(super) fn count() -> Result<BTreeMap<String, Count>> {
    let dirs = Dirs::new()?;
    let hops = Hops::new()?;
    let _inside = hops.runtime.enter();
    let pilots = |reads| -> Result<Domain<Pilot>> {
        Ok(Stack::open(dirs.config(reads, reads)?)?
            .domain::<Pilot>()?
            .0)
    };
    let (hopping, inline) = (pilots("offload")?, pilots("inline")?);
    let mut counts = BTreeMap::new();
    for (name, expected) in ACTS {
        counts.insert(format!("hops_{name}"), hops.of(&hopping, name, expected)?);
    }
    for name in ["get", "get_many_100"] {
        hops.of(&inline, "put", 1)?;
        counts.insert(format!("hops_{name}_inline"), hops.of(&inline, name, 0)?);
    }
    Ok(counts)
}
