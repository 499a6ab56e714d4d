//! Generations of spaces, and which spaces there are: what makes a clear take effect at once.
//!
//! A read loads the generation of its key's space once and takes an older entry for absent. So that a clear of a whole
//! namespace finds its spaces without looking at every entry, spaces with entries are listed. The list holds no more than
//! twice the spaces in use (and 64): see [`Spaces::prune`].

use std::collections::HashMap;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cache_core::{Epoch, Key, Scope, Space};

use crate::slots::{Slot, Slots};

/// Below this many the list is not looked through for spaces without entries.
const FEW: usize = 64;

/// The generations and the list.
#[derive(Debug)]
pub(crate) struct Spaces {
    slots: Slots,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    spaces: HashMap<u32, Space>,
    /// The list is pruned before it becomes longer than this.
    prune_at: usize,
}

impl Spaces {
    pub(crate) fn new() -> Self {
        let known = Known {
            spaces: HashMap::new(),
            prune_at: FEW,
        };
        Self {
            slots: Slots::new(),
            known: Mutex::new(known),
        }
    }

    /// Returns the generation that is to be seen in a space.
    #[inline]
    pub(crate) fn generation(&self, space: &Space) -> u32 {
        match self.slots.get(space.index()) {
            Some(slot) => slot.generation.load(SeqCst),
            None => 0,
        }
    }

    /// Takes note of an entry that is about to be stored. The caller holds the stripe of its key.
    pub(crate) fn enter(&self, space: &Space) {
        let slot = self.slots.get_or_make(space.index());
        // The entry is counted before the mark is read, and `prune` takes the mark away before it reads the count: one of
        // the two sees the other.
        slot.entries.fetch_add(1, SeqCst);
        if !slot.known.load(SeqCst) {
            self.learn(space, slot);
        }
    }

    /// Takes note of an entry that left.
    pub(crate) fn leave(&self, space: &Space) {
        if let Some(slot) = self.slots.get(space.index()) {
            slot.entries.fetch_sub(1, SeqCst);
        }
    }

    #[cold]
    fn learn(&self, space: &Space, slot: &Slot) {
        let mut known = self.known();
        if known.spaces.len() >= known.prune_at {
            self.prune_in(&mut known);
        }
        known.spaces.insert(space.index(), space.clone());
        slot.known.store(true, SeqCst);
    }

    /// Hides everything that stands in the spaces of a scope. The epoch plays no part.
    pub(crate) fn renew(&self, scope: Scope<'_>) {
        for (index, space) in &self.known().spaces {
            if covers(scope, space) {
                self.slots
                    .get_or_make(*index)
                    .generation
                    .fetch_add(1, SeqCst);
            }
        }
    }

    /// Takes spaces without entries off the list, so that they can end.
    pub(crate) fn prune(&self) {
        self.prune_in(&mut self.known());
    }

    fn prune_in(&self, known: &mut Known) {
        known.spaces.retain(|index, _| {
            let slot = self.slots.get_or_make(*index);
            slot.known.store(false, SeqCst);
            let used = slot.entries.load(SeqCst) > 0;
            if used {
                slot.known.store(true, SeqCst);
            }
            used
        });
        known.prune_at = FEW.max(known.spaces.len().saturating_mul(2));
    }

    /// The map is changed in single steps, so a panic under the lock leaves it whole.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether every key of a space lies in a scope, as far as the epoch does not decide.
fn covers(scope: Scope<'_>, space: &Space) -> bool {
    let epoch = scope.epoch.unwrap_or(Epoch::UNVERSIONED);
    Key::new(space, epoch, &[]).is_ok_and(|any| scope.contains(&any))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use cache_core::RESERVED_DOMAIN;

    use super::*;

    fn space(domain: &str) -> Space {
        Space::new("spaces", domain, 1).unwrap()
    }

    #[test]
    fn renewing_reaches_the_spaces_of_the_scope_only() {
        let spaces = Spaces::new();
        let (a, b, own) = (space("a"), space("b"), space(RESERVED_DOMAIN));
        for space in [&a, &b, &own] {
            spaces.enter(space);
        }
        let generations = || [&a, &b, &own].map(|space| spaces.generation(space));
        let before = generations();
        spaces.renew(Scope::domain("spaces", "a"));
        spaces.renew(Scope::namespace("spaces"));
        spaces.renew(Scope::namespace("space"));
        let after = generations();
        assert_eq!(after, [before[0] + 2, before[1] + 1, before[2]]);
    }

    #[test]
    fn spaces_without_entries_leave_the_list() {
        let spaces = Spaces::new();
        for number in 0..1_000 {
            let passing = space(&format!("passing{number}"));
            spaces.enter(&passing);
            spaces.leave(&passing);
        }
        assert!(spaces.known().spaces.len() <= FEW);
        let staying: Vec<_> = (0..200).map(|n| space(&format!("staying{n}"))).collect();
        staying.iter().for_each(|space| spaces.enter(space));
        spaces.prune();
        assert_eq!(spaces.known().spaces.len(), 200);
    }

    /// A space that has an entry is on the list at every moment in which nobody prunes.
    #[test]
    fn pruning_and_entering_at_once_loses_no_space() {
        let spaces = Spaces::new();
        let stop = AtomicBool::new(false);
        let racing = space("racing");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    spaces.prune();
                }
            });
            for _ in 0..500_000 {
                spaces.enter(&racing);
                let before = spaces.generation(&racing);
                spaces.renew(Scope::namespace("spaces"));
                assert!(spaces.generation(&racing) > before);
                spaces.leave(&racing);
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
