//! A cache over a store that fails where it is told to.

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Cache, Domain, ErrorKind, Operation, Result};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};

use crate::common::{Source, Store, Thing, cache_over};

pub(crate) const DEADLINE: Duration = Duration::from_millis(250);

/// The default of `clear_deadline`.
pub(crate) const CLEAR_DEADLINE: Duration = Duration::from_secs(60);
pub(crate) const DOWN: Fault = Fault::Error(ErrorKind::Unavailable);

pub(crate) struct Outage {
    pub(crate) cache: Cache,
    pub(crate) things: Domain<Thing>,
    pub(crate) source: Source,
    pub(crate) faults: Faults,
}

impl Outage {
    pub(crate) fn on(store: Store) -> Self {
        Self::loading(store, Source::new())
    }

    pub(crate) fn loading(store: Store, source: Source) -> Self {
        let (faults, clock) = (Faults::default(), ManualClock::default());
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let (cache, things) = cache_over(backend, clock, store.config(), source.domain());
        source.set(5);
        Self {
            cache,
            things,
            source,
            faults,
        }
    }

    /// An operation never ends, until the gate is released.
    pub(crate) fn hang(&self, operation: Operation) -> Gate {
        let gate = Gate::new();
        self.faults.set(operation, Fault::Hang(gate.clone()));
        gate
    }
}

pub(crate) fn kind<T>(answer: Result<T>) -> ErrorKind {
    answer.map(drop).unwrap_err().kind()
}
