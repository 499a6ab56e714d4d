//! What is programmed: faults that stay, and faults that each meet one operation.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::{ErrorKind, Operation, Reason};

use super::Gate;

/// What happens to an operation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It answers this error and does nothing. A batch answers it for every item.
    Error(ErrorKind),
    /// It happens so much later, in tokio's time.
    Delay(Duration),
    /// It panics.
    Panic,
    /// It happens once the gate is open.
    Hang(Gate),
    /// It happens, and answers once the gate is open.
    HangAnswer(Gate),
    /// It happens, and answers `Timeout`.
    LoseAnswer,
    /// A batch happens, and answers `Timeout` for the item of this index.
    LoseAnswerOf(usize),
    /// A `get` finds something that cannot be read, for this reason; every other operation is as ever.
    Unreadable(Reason),
}

/// Programs [`Faulty`](super::Faulty) backends, also while they are in use. Clones program the same ones.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    standing: HashMap<Operation, Fault>,
    next: HashMap<Operation, VecDeque<Fault>>,
    calls: HashMap<Operation, u64>,
}

impl Faults {
    /// Makes every operation of this name fail so, until it is told otherwise.
    pub fn set(&self, operation: Operation, fault: Fault) {
        self.lock().standing.insert(operation, fault);
    }

    /// Makes the next operation of this name fail so; called again, the one after it.
    pub fn next(&self, operation: Operation, fault: Fault) {
        let mut plan = self.lock();
        plan.next.entry(operation).or_default().push_back(fault);
    }

    /// Takes back what is programmed for an operation.
    pub fn heal(&self, operation: Operation) {
        let mut plan = self.lock();
        plan.standing.remove(&operation);
        plan.next.remove(&operation);
    }

    /// Takes back everything that is programmed.
    pub fn heal_all(&self) {
        let mut plan = self.lock();
        plan.standing.clear();
        plan.next.clear();
    }

    /// Returns how many operations of this name there were; what `get_now` answered is not among them.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        self.lock().calls.get(&operation).copied().unwrap_or(0)
    }

    /// Counts a call and answers what is to happen to it.
    pub(super) fn take(&self, operation: Operation) -> Option<Fault> {
        let mut plan = self.lock();
        *plan.calls.entry(operation).or_default() += 1;
        let next = plan.next.get_mut(&operation).and_then(VecDeque::pop_front);
        next.or_else(|| plan.standing.get(&operation).cloned())
    }

    pub(super) fn has(&self, operation: Operation) -> bool {
        let plan = self.lock();
        let queued = plan.next.get(&operation);
        plan.standing.contains_key(&operation) || queued.is_some_and(|queue| !queue.is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
