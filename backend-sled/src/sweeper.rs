//! The thread that sweeps. One per backend, from the opening to `close` or drop.
//!
//! It holds the store weakly while it waits. How often it wakes is a wait, in the machine's time; what it takes for dead is
//! an age, by the judge's clock.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::store::Store;
use crate::sweep::Sweep;

/// The rest between two slices: leaves most of the disk to others, and is when a stop is seen.
const REST: Duration = Duration::from_millis(1);

/// The handle of the thread.
#[derive(Debug)]
pub(crate) struct Sweeper {
    stop: Arc<Stop>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Sweeper {
    /// Starts the thread. Where the system has none to give, dead entries go when room is needed.
    pub(crate) fn start(store: &Arc<Store>, interval: Duration) -> Self {
        let stop = Arc::new(Stop::default());
        let (weak, seen) = (Arc::downgrade(store), Arc::clone(&stop));
        let builder = std::thread::Builder::new().name("backend-sled".to_owned());
        let thread = builder.spawn(move || run(&weak, &seen, interval)).ok();
        Self {
            stop,
            thread: Mutex::new(thread),
        }
    }

    /// Asks the thread to end, and waits until it has: at most one slice. Blocks.
    pub(crate) fn end(&self) {
        self.stop.ask();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    /// Asks the thread to end, and does not wait.
    pub(crate) fn ask(&self) {
        self.stop.ask();
    }
}

fn run(store: &Weak<Store>, stop: &Stop, interval: Duration) {
    while !stop.wait(interval) {
        let Some(store) = store.upgrade() else {
            return;
        };
        let mut sweep = Sweep::new();
        // A store that cannot be swept now is tried again with the next round.
        while let Ok(true) = sweep.slice(&store) {
            if stop.wait(REST) {
                return;
            }
        }
    }
}

/// A word to the thread.
#[derive(Debug, Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn ask(&self) {
        *lock(&self.asked) = true;
        self.changed.notify_all();
    }

    /// Waits, and says whether the thread shall end.
    fn wait(&self, time: Duration) -> bool {
        let asked = lock(&self.asked);
        match self
            .changed
            .wait_timeout_while(asked, time, |asked| !*asked)
        {
            Ok((asked, _)) => *asked,
            Err(poisoned) => *poisoned.into_inner().0,
        }
    }
}

/// What these locks guard is changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
