//! The limit on live bytes: beyond it, what ends soonest goes. sled's files never shrink, so bytes are counted by us.

use std::sync::PoisonError;

use crate::engine::Engine;
use crate::error::Outcome;
use crate::ledger::Cause;
use crate::place;
use crate::store::Store;
use crate::write::due;

/// How many index rows are looked at in one go.
const BATCH: usize = 16;

impl Store {
    /// Evicts until what is held is within the limit. Called after a write, with no stripe held, so the limit is exceeded by
    /// no more than the writes that are under way.
    pub(crate) fn make_room(&self, engine: &Engine) -> Outcome {
        if !self.is_above_limit() {
            return Ok(());
        }
        // One evicts, and the other writers wait for the room it makes.
        let _one = self.evicting.lock().unwrap_or_else(PoisonError::into_inner);
        while self.is_above_limit() {
            let soonest: Vec<_> = engine
                .deaths
                .iter()
                .keys()
                .take(BATCH)
                .collect::<Result<_, _>>()?;
            if soonest.is_empty() {
                return Ok(());
            }
            for row in soonest {
                if self.is_above_limit() {
                    self.evict(engine, &row)?;
                }
            }
        }
        Ok(())
    }

    fn is_above_limit(&self) -> bool {
        self.ledger.bytes() > self.max_bytes
    }

    /// Takes away the entry of an index row, or the row alone if it has none.
    pub(crate) fn evict(&self, engine: &Engine, row: &[u8]) -> Outcome {
        self.strike(engine, row, Cause::Evicted)
    }

    /// Takes away the entry of an index row if it still dies at that moment: an overwrite has a row of its own. A row
    /// without such an entry goes by itself.
    pub(crate) fn strike(&self, engine: &Engine, row: &[u8], cause: Cause) -> Outcome {
        let Some((dead_at, place)) = place::parse_row(row) else {
            engine.deaths.remove(row)?;
            return Ok(());
        };
        let _turn = self.stripes.lock(place);
        match engine.entries.get(place)? {
            Some(value) if due(&value) == dead_at => {
                self.take(engine, place, &value, cause)?;
            }
            Some(_) | None => {
                engine.deaths.remove(row)?;
            }
        }
        Ok(())
    }
}
