//! Walking over the entries of a scope in bounded steps. A step visits only what begins like the scope: one range.

use cache_core::{Epoch, OwnedKey, RESERVED_DOMAIN, Scope};
use sled::IVec;

use crate::engine::Engine;
use crate::error::Outcome;
use crate::place;

/// How many entries one step visits, and so the most that it finds: as many as a page has.
pub(crate) const STEP: usize = cache_core::Pages::PAGE;

/// A scope that outlives its call.
#[derive(Clone, Debug)]
pub(crate) struct Area {
    namespace: String,
    domain: Option<String>,
    epoch: Option<Epoch>,
    schema: Option<u64>,
}

/// What a step found, as far as its caller needs it.
pub(crate) struct Step<T> {
    pub(crate) found: Vec<T>,
    /// Where the next step begins; `None` at the end.
    pub(crate) next: Option<Vec<u8>>,
    pub(crate) visited: usize,
}

impl Area {
    pub(crate) fn of(scope: &Scope<'_>) -> Self {
        Self {
            namespace: scope.namespace.to_owned(),
            domain: scope.domain.map(str::to_owned),
            epoch: scope.epoch,
            schema: scope.schema,
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            namespace: &self.namespace,
            domain: self.domain.as_deref(),
            epoch: self.epoch,
            schema: self.schema,
        }
    }

    /// Where a walk begins.
    pub(crate) fn start(&self) -> Vec<u8> {
        place::prefix(&self.scope())
    }

    /// Visits at most [`STEP`] entries from a place on. `keep` says what is kept of one: as long as a value is held, it is
    /// in memory, and a step of large ones is no small part of that.
    pub(crate) fn step<T>(
        &self,
        engine: &Engine,
        from: &[u8],
        mut keep: impl FnMut(OwnedKey, &IVec, &IVec) -> Option<T>,
    ) -> Outcome<Step<T>> {
        let (scope, prefix) = (self.scope(), self.start());
        let mut step = Step {
            found: Vec::new(),
            next: None,
            visited: 0,
        };
        for row in engine.entries.range(from..) {
            let (place, value) = row?;
            if !place.starts_with(&prefix) {
                break;
            }
            step.visited += 1;
            if let Some(key) = place::parse(&place) {
                if scope.domain.is_none() && key.as_key().space().domain() == RESERVED_DOMAIN {
                    step.next = Some(place::behind_reserved(&self.namespace));
                    break;
                }
                if scope.contains(&key.as_key()) {
                    step.found.extend(keep(key, &place, &value));
                }
            }
            if step.visited == STEP {
                step.next = Some([&place, &[0][..]].concat());
                break;
            }
        }
        Ok(step)
    }
}
