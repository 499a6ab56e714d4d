//! An observer of the cache that keeps, for the look-ups under way, what each found.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cache_facade::{Event, EventKind, KeyPart, Observer, ReadOutcome, Sampling};
use eve::killmail::Entity;

/// What became of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Hit,
    Stale,
    Negative,
    Miss,
}

/// Keeps the outcome of each look-up since the last [`Witness::take`].
#[derive(Debug, Default)]
pub(crate) struct Witness(Mutex<HashMap<Entity, Outcome>>);

impl Witness {
    /// Returns what was seen, and starts anew.
    pub(crate) fn take(&self) -> HashMap<Entity, Outcome> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Witness {
    fn sampling(&self) -> Sampling {
        Sampling::Every
    }

    fn observe(&self, event: &Event<'_>) {
        let (Some(key), EventKind::Read(read)) = (event.key, event.kind) else {
            return;
        };
        let Ok(id) = i32::parse_id(key.id()) else {
            return;
        };
        let entity = match key.space().domain() {
            "character" => Entity::Character(id),
            "corporation" => Entity::Corporation(id),
            "alliance" => Entity::Alliance(id),
            "system" => Entity::System(id),
            "type" => Entity::Type(id),
            _ => return,
        };
        let outcome = match read {
            ReadOutcome::Fresh => Outcome::Hit,
            ReadOutcome::Stale => Outcome::Stale,
            ReadOutcome::Negative => Outcome::Negative,
            _ => Outcome::Miss,
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entity, outcome);
    }
}
