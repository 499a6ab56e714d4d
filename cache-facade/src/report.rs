//! Telling what happened: one structured trace event per operation, and the observers. Never keys, never values.

use std::sync::Arc;

use cache_core::{Event, EventKind, Key, Observer, Sampling};

/// The observers of a cache, with what each wants.
#[derive(Debug, Default)]
pub(crate) struct Observers(Vec<(Sampling, Arc<dyn Observer>)>);

impl Observers {
    pub(crate) fn new(observers: Vec<Arc<dyn Observer>>) -> Self {
        Self(
            observers
                .into_iter()
                .map(|observer| (observer.sampling(), observer))
                .collect(),
        )
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn tell(&self, key: Option<Key<'_>>, kind: EventKind) {
        for (sampling, observer) in &self.0 {
            if key.is_none_or(|key| sampling.wants(key.hash())) {
                observer.observe(&Event { key, kind });
            }
        }
    }
}

/// Emits the operation's trace event: its domain, its name and how it ended.
macro_rules! trace_operation {
    ($domain:expr, $operation:expr, $outcome:expr) => {
        tracing::trace!(target: "cache", domain = $domain, operation = $operation, outcome = $outcome)
    };
}

pub(crate) use trace_operation;
