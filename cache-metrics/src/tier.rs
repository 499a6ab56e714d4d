//! What was counted of one backend: calls, failures by kind, durations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use cache_core::striped::Striped;
use cache_core::{ErrorKind, Operation, Space};
use hdrhistogram::Histogram;

use crate::op::{OPERATIONS, place};
use crate::timings::{Latency, Timings};

const KINDS: usize = ErrorKind::ALL.len();

/// What a [`Metered`](crate::Metered) backend has counted. Shared between it and whoever reads it.
#[derive(Debug)]
pub struct Tier {
    name: &'static str,
    calls: Striped<{ OPERATIONS.len() }>,
    failures: Striped<KINDS>,
    /// Calls whose caller went away before the answer.
    abandoned: Striped<1>,
    /// Of operations on no single space.
    whole: ByOperation,
    /// By the space's index. A space that is held here lives, so its index is not given to another.
    spaces: RwLock<HashMap<u32, Arc<OfSpace>>>,
}

#[derive(Debug)]
struct OfSpace {
    space: Space,
    timings: ByOperation,
}

/// Timings take room only where something was timed.
#[derive(Debug, Default)]
struct ByOperation([OnceLock<Box<Timings>>; OPERATIONS.len()]);

impl ByOperation {
    fn at(&self, place: usize) -> Option<&Timings> {
        let timings = self.0.get(place)?;
        Some(timings.get_or_init(Box::default))
    }

    fn sums(&self) -> impl Iterator<Item = (Operation, Histogram<u64>)> {
        let timed = OPERATIONS.into_iter().zip(&self.0);
        timed.filter_map(|(operation, timings)| Some((operation, timings.get()?.sum()?)))
    }
}

impl Tier {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            calls: Striped::new(),
            failures: Striped::new(),
            abandoned: Striped::new(),
            whole: ByOperation::default(),
            spaces: RwLock::default(),
        }
    }

    /// Returns the backend's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how often an operation was called. Of a batch, one call.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        place(operation).map_or(0, |place| self.calls.get(place))
    }

    /// Returns how many calls, and items of batches, failed with an error of this kind.
    #[must_use]
    pub fn failures(&self, kind: ErrorKind) -> u64 {
        let place = ErrorKind::ALL.iter().position(|one| *one == kind);
        place.map_or(0, |place| self.failures.get(place))
    }

    /// Returns how many calls were given up by their callers before they were answered: past a deadline, say.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.abandoned.get(0)
    }

    /// Returns how long the calls of each operation took that was called.
    #[must_use]
    pub fn latencies(&self) -> BTreeMap<&'static str, Latency> {
        latencies(self.sums(|_| true))
    }

    /// Returns the same for the calls about one domain.
    #[must_use]
    pub fn latencies_of(&self, domain: &str) -> BTreeMap<&'static str, Latency> {
        latencies(self.sums(|space| space.is_some_and(|space| space.domain() == domain)))
    }

    fn sums(
        &self,
        wanted: impl Fn(Option<&Space>) -> bool,
    ) -> BTreeMap<&'static str, Histogram<u64>> {
        let mut sums = BTreeMap::new();
        let mut add = |timings: &ByOperation| {
            for (operation, histogram) in timings.sums() {
                match sums.entry(operation.as_str()) {
                    std::collections::btree_map::Entry::Vacant(place) => {
                        place.insert(histogram);
                    }
                    std::collections::btree_map::Entry::Occupied(mut place) => {
                        // Of the same bounds, nothing is refused.
                        let _ = place.get_mut().add(histogram);
                    }
                }
            }
        };
        if wanted(None) {
            add(&self.whole);
        }
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        for of in spaces.values().filter(|of| wanted(Some(&of.space))) {
            add(&of.timings);
        }
        sums
    }

    #[inline(always)]
    pub(crate) fn count(&self, operation: Operation) {
        if let Some(place) = place(operation) {
            self.calls.add(place, 1);
        }
    }

    /// Returns what this thread has counted of an operation, for who times only some of them.
    #[inline(always)]
    pub(crate) fn here(&self, operation: Operation) -> u64 {
        place(operation).map_or(0, |place| self.calls.here(place))
    }

    pub(crate) fn fail(&self, kind: ErrorKind) {
        if let Some(place) = ErrorKind::ALL.iter().position(|one| *one == kind) {
            self.failures.add(place, 1);
        }
    }

    pub(crate) fn abandon(&self) {
        self.abandoned.add(0, 1);
    }

    /// Takes note of a duration that stands for `times` calls.
    pub(crate) fn took(
        &self,
        operation: Operation,
        space: Option<&Space>,
        took: Duration,
        times: u64,
    ) {
        let Some(place) = place(operation) else {
            return;
        };
        let record = |timings: &ByOperation| {
            if let Some(timings) = timings.at(place) {
                timings.record(took, times);
            }
        };
        match space {
            Some(space) => record(&self.of(space).timings),
            None => record(&self.whole),
        }
    }

    fn of(&self, space: &Space) -> Arc<OfSpace> {
        let index = space.index();
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(of) = spaces.get(&index) {
            return Arc::clone(of);
        }
        drop(spaces);
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let of = spaces.entry(index).or_insert_with(|| {
            Arc::new(OfSpace {
                space: space.clone(),
                timings: ByOperation::default(),
            })
        });
        Arc::clone(of)
    }
}

fn latencies(sums: BTreeMap<&'static str, Histogram<u64>>) -> BTreeMap<&'static str, Latency> {
    let told = sums.into_iter();
    told.map(|(operation, sum)| (operation, Latency::of(&sum)))
        .collect()
}
