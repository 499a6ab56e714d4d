//! Clearing a scope: its range alone is walked over, in steps that each hold one stripe at a time.

use std::sync::Arc;

use cache_core::{Operation, Result, Scope};

use crate::backend::Shared;
use crate::engine::Engine;
use crate::error::Outcome;
use crate::ledger::Cause;
use crate::store::Store;
use crate::walk::Area;

impl Shared {
    /// Removes whatever stands in a scope, readable or not. What was put before is met by the walk, wherever it is.
    pub(crate) async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        let operation = Operation::Clear;
        let area = Arc::new(Area::of(&scope));
        let mut from = Some(area.start());
        while let Some(place) = from {
            let (store, area) = (Arc::clone(&self.store), Arc::clone(&area));
            let work = move || {
                store.with(operation, |engine| {
                    clear_step(&store, engine, &area, &place)
                })
            };
            from = self.blocking.run(operation, work).await?;
        }
        Ok(())
    }
}

fn clear_step(
    store: &Store,
    engine: &Engine,
    area: &Area,
    from: &[u8],
) -> Outcome<Option<Vec<u8>>> {
    let step = area.step(engine, from, |_, place, _| Some(place.clone()))?;
    for place in &step.found {
        let _turn = store.stripes.lock(place);
        if let Some(value) = engine.entries.get(place)? {
            store.take(engine, place, &value, Cause::Removed)?;
        }
    }
    Ok(step.next)
}
