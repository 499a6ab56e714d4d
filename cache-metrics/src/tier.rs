//! What was counted of one backend: calls, failures by kind, durations.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use cache_core::slots::Slots;
use cache_core::striped::{Place, Striped};
use cache_core::{ErrorKind, Operation, Space};
use hdrhistogram::Histogram;

use crate::op::{GET_NOW, PLACES, name, place};
use crate::timings::{Latency, Timings};

const KINDS: usize = ErrorKind::ALL.len();

/// What a [`Metered`](crate::Metered) backend has counted. Shared between it and whoever reads it.
#[derive(Debug)]
pub struct Tier {
    name: &'static str,
    calls: Striped<PLACES>,
    failures: Striped<KINDS>,
    /// Calls whose caller went away before the answer.
    abandoned: Striped<1>,
    /// Of operations on no single space.
    whole: ByOperation,
    /// By the space's index. A space that is held here lives, so its index is not given to another.
    spaces: Slots<OfSpace>,
}

#[derive(Debug)]
struct OfSpace {
    space: Space,
    timings: ByOperation,
}

/// Timings take room only where something was timed.
#[derive(Debug, Default)]
struct ByOperation([OnceLock<Box<Timings>>; PLACES]);

impl ByOperation {
    fn at(&self, place: usize) -> Option<&Timings> {
        let timings = self.0.get(place)?;
        Some(timings.get_or_init(Box::default))
    }

    fn sums(&self) -> impl Iterator<Item = (&'static str, Histogram<u64>)> {
        let timed = self.0.iter().enumerate();
        timed.filter_map(|(place, timings)| Some((name(place), timings.get()?.sum()?)))
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
            spaces: Slots::default(),
        }
    }

    /// Returns the backend's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how often an operation was called. Of a batch, one call. Reads that were answered at once count as `Get`.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        let at_once = match operation {
            Operation::Get => self.calls.get(GET_NOW),
            _ => 0,
        };
        place(operation).map_or(0, |place| self.calls.get(place)) + at_once
    }

    /// Returns how often each operation was called that was; `get_now` for reads that were answered at once.
    #[must_use]
    pub fn all_calls(&self) -> BTreeMap<&'static str, u64> {
        let calls = (0..PLACES).map(|place| (name(place), self.calls.get(place)));
        calls.filter(|(_, calls)| *calls > 0).collect()
    }

    /// Returns how many calls, and items of batches, failed with an error of this kind.
    #[must_use]
    pub fn failures(&self, kind: ErrorKind) -> u64 {
        let place = ErrorKind::ALL.iter().position(|one| *one == kind);
        place.map_or(0, |place| self.failures.get(place))
    }

    /// Returns the failures by kind, of the kinds that there were.
    #[must_use]
    pub fn all_failures(&self) -> BTreeMap<&'static str, u64> {
        let failures = ErrorKind::ALL.iter().enumerate();
        let failures = failures.map(|(place, kind)| (kind.as_str(), self.failures.get(place)));
        failures.filter(|(_, failures)| *failures > 0).collect()
    }

    /// Returns how many calls were given up by their callers before they were answered: past a deadline, say.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.abandoned.get(0)
    }

    /// Returns how long the calls of each operation took that was called; `get_now` for reads that were answered at once, of
    /// which only some are timed.
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
                match sums.entry(operation) {
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
        for of in self.spaces.iter().filter(|of| wanted(Some(&of.space))) {
            add(&of.timings);
        }
        sums
    }

    pub(crate) fn count(&self, operation: Operation) {
        if let Some(place) = place(operation) {
            self.calls.add(place, 1);
        }
    }

    /// Returns the calling thread's count of reads that were answered at once.
    #[inline(always)]
    pub(crate) fn now(&self) -> Place<'_> {
        self.calls.place(GET_NOW)
    }

    pub(crate) fn fail(&self, kind: ErrorKind) {
        if let Some(place) = ErrorKind::ALL.iter().position(|one| *one == kind) {
            self.failures.add(place, 1);
        }
    }

    pub(crate) fn abandon(&self) {
        self.abandoned.add(0, 1);
    }

    /// Takes note of a duration.
    pub(crate) fn took(&self, operation: Operation, space: Option<&Space>, took: Duration) {
        if let Some(place) = place(operation) {
            self.took_at(place, space, took);
        }
    }

    /// Takes note of the duration of a read that was answered at once.
    pub(crate) fn took_now(&self, space: &Space, took: Duration) {
        self.took_at(GET_NOW, Some(space), took);
    }

    fn took_at(&self, place: usize, space: Option<&Space>, took: Duration) {
        let timings = match space {
            Some(space) => self.of(space).map(|of| &of.timings),
            None => Some(&self.whole),
        };
        if let Some(timings) = timings.and_then(|timings| timings.at(place)) {
            timings.record(took);
        }
    }

    fn of(&self, space: &Space) -> Option<&OfSpace> {
        self.spaces.get_or_init(space.index(), || OfSpace {
            space: space.clone(),
            timings: ByOperation::default(),
        })
    }
}

fn latencies(sums: BTreeMap<&'static str, Histogram<u64>>) -> BTreeMap<&'static str, Latency> {
    let told = sums.into_iter();
    told.map(|(operation, sum)| (operation, Latency::of(sum)))
        .collect()
}
