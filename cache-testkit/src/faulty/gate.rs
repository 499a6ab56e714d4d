//! A gate at which operations hang until a test opens it.

use std::sync::Arc;

use tokio::sync::watch;

/// Holds operations back until it is released. Clones are the same gate.
///
/// # Example
/// ```
/// use cache_core::{Backend, Layer, Operation};
/// use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock, MemoryBackend};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let (faults, gate) = (Faults::default(), Gate::default());
/// let backend = FaultLayer::new(&faults).layer(MemoryBackend::new(ManualClock::default().judge()));
/// faults.next(Operation::Ping, Fault::Hang(gate.clone()));
/// let ping = tokio::spawn(async move { backend.ping().await });
/// gate.reached_by(1).await;
/// assert!(!ping.is_finished());
/// gate.release();
/// assert!(ping.await?.is_ok());
/// # Ok::<(), tokio::task::JoinError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Gate {
    /// Creates a gate that is shut.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(State::default())))
    }

    /// Opens it: who waits goes on, and nobody waits any more.
    pub fn release(&self) {
        self.0.send_modify(|state| state.open = true);
    }

    /// Returns how many operations wait at it.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.borrow().waiting
    }

    /// Waits until so many operations wait at it, or it is open.
    pub async fn reached_by(&self, operations: usize) {
        let reached = |state: &State| state.open || state.waiting >= operations;
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(reached).await;
    }

    pub(super) async fn pass(&self) {
        let _counted = Waiting::at(self);
        let _ = self.0.subscribe().wait_for(|state| state.open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts an operation while it waits, also if it is dropped.
struct Waiting<'a>(&'a Gate);

impl<'a> Waiting<'a> {
    fn at(gate: &'a Gate) -> Self {
        gate.0.send_modify(|state| state.waiting += 1);
        Self(gate)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.waiting -= 1);
    }
}
