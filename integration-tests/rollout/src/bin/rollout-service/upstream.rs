//! What the service would ask for what it does not have: a value follows from its id, and the edition from the last change.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rollout_tests::lookup::{Kind, Lookup};

#[derive(Debug, Default)]
pub(crate) struct Upstream(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The editions of what was changed.
    editions: HashMap<Lookup, u64>,
    /// How new an answer has to be.
    demands: HashMap<Lookup, u64>,
    loaded: BTreeMap<Kind, u64>,
}

impl Upstream {
    /// Takes a change: from now on this is what is loaded.
    pub(crate) fn change(&self, lookup: Lookup, edition: u64) {
        self.state().editions.insert(lookup, edition);
    }

    /// Answers a loader.
    pub(crate) fn load(&self, lookup: Lookup) -> u64 {
        let mut state = self.state();
        *state.loaded.entry(lookup.kind).or_default() += 1;
        state.editions.get(&lookup).copied().unwrap_or_default()
    }

    /// Returns how many loaders were answered.
    pub(crate) fn loaded(&self, kind: Kind) -> u64 {
        self.state().loaded.get(&kind).copied().unwrap_or_default()
    }

    /// Demands how new every answer is from now on.
    pub(crate) fn demand(&self, lookup: Lookup, edition: u64) {
        self.state().demands.insert(lookup, edition);
    }

    /// Returns what is demanded of an id, if anything.
    pub(crate) fn demanded(&self, lookup: Lookup) -> Option<u64> {
        self.state().demands.get(&lookup).copied()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
