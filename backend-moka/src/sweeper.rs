//! The thread that sweeps. One per backend, started by the first write that needs it, ended by `close` and by drop.
//!
//! It holds the store weakly while it waits. How often it wakes is a wait, in the machine's time; what it takes for dead is
//! an age, by the judge's clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::pace::breathe;
use crate::store::Store;
use crate::sweep::Sweep;

/// The rest between two slices of a walk: leaves most of a core to others, and is when a stop is seen.
const REST: Duration = Duration::from_millis(1);

/// Every so many times the thread walks even if nothing is known to be dead: entries beyond the clock's tolerance, and what
/// a dropped clear left behind.
const WALK_ANYWAY: u32 = 16;

/// The handle of the thread.
#[derive(Debug)]
pub(crate) struct Sweeper {
    stop: Arc<Stop>,
    interval: Duration,
    running: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Sweeper {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            stop: Arc::new(Stop::default()),
            interval,
            running: AtomicBool::new(false),
            thread: Mutex::new(None),
        }
    }

    /// Starts the thread, unless it runs. Where the system has no thread to give, a later write tries again; until then
    /// memory is bounded by the capacity alone.
    #[inline]
    pub(crate) fn start(&self, store: &Arc<Store>) {
        if !self.running.load(Ordering::Relaxed) {
            self.spawn(store);
        }
    }

    #[cold]
    fn spawn(&self, store: &Arc<Store>) {
        let mut thread = lock(&self.thread);
        if thread.is_some() || self.stop.is_asked() {
            return;
        }
        let (store, stop, interval) =
            (Arc::downgrade(store), Arc::clone(&self.stop), self.interval);
        let builder = std::thread::Builder::new().name("backend-moka".to_owned());
        *thread = builder.spawn(move || run(&store, &stop, interval)).ok();
        self.running.store(thread.is_some(), Ordering::Relaxed);
    }

    /// Asks the thread to end and waits until it has, which is at most one slice of a walk.
    pub(crate) async fn stop(&self) {
        self.stop.ask();
        let thread = lock(&self.thread).take();
        while thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            breathe().await;
        }
    }
}

impl Drop for Sweeper {
    /// Does not wait: the thread ends by itself, and holds nothing that is missed.
    fn drop(&mut self) {
        self.stop.ask();
    }
}

fn run(store: &Weak<Store>, stop: &Stop, interval: Duration) {
    let mut idle = 0;
    while !stop.wait(interval) {
        let Some(store) = store.upgrade() else {
            return;
        };
        idle += 1;
        if idle == WALK_ANYWAY || Sweep::is_due(&store) {
            idle = 0;
            let mut sweep = Sweep::new(&store);
            while sweep.slice() && !stop.wait(REST) {}
        }
        // moka works off what is pending while it is used; an idle store would hold on to what has left.
        store.table.run_pending_tasks();
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

    fn is_asked(&self) -> bool {
        *lock(&self.asked)
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use cache_core::Judge;

    use super::*;
    use crate::config::{Capacity, Policy};
    use crate::held::Limits;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn store() -> Arc<Store> {
        let limits = Limits {
            capacity: Capacity::Entries(10),
            max_payload: 10,
        };
        Arc::new(Store::new(limits, Policy::Lru, 10, Judge::default()))
    }

    /// Fails if the thread does not end.
    fn ends(thread: JoinHandle<()>) {
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || tell.send(thread.join().is_ok()));
        assert_eq!(told.recv_timeout(PATIENCE), Ok(true));
    }

    fn thread_of(sweeper: &Sweeper) -> JoinHandle<()> {
        lock(&sweeper.thread).take().unwrap()
    }

    #[test]
    fn one_thread_starts_and_ends_with_its_sweeper() {
        let store = store();
        let sweeper = Sweeper::new(Duration::from_secs(86_400));
        assert!(lock(&sweeper.thread).is_none());
        sweeper.start(&store);
        sweeper.start(&store);
        let (thread, stop) = (thread_of(&sweeper), Arc::downgrade(&sweeper.stop));
        assert!(!thread.is_finished());
        drop(sweeper);
        ends(thread);
        assert_eq!(stop.strong_count(), 0);
        assert_eq!(Arc::strong_count(&store), 1);
    }

    #[test]
    fn the_thread_does_not_keep_the_store() {
        let store = store();
        let sweeper = Sweeper::new(Duration::from_millis(10));
        sweeper.start(&store);
        let weak = Arc::downgrade(&store);
        drop(store);
        ends(thread_of(&sweeper));
        assert!(weak.upgrade().is_none());
    }

    #[test]
    fn a_stopped_sweeper_does_not_start_again() {
        let store = store();
        let sweeper = Sweeper::new(Duration::from_secs(86_400));
        sweeper.start(&store);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut stop = std::pin::pin!(sweeper.stop());
        while stop.as_mut().poll(&mut context).is_pending() {
            std::thread::yield_now();
        }
        sweeper.start(&store);
        assert!(lock(&sweeper.thread).is_none());
        assert_eq!(Arc::strong_count(&store), 1);
    }
}
