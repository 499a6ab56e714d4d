//! Which rows there are, and which of them a store cannot run: said by its capabilities, and never more than that.

use std::collections::BTreeSet;

use cache_facade::{BackendInfo, Capability};

use crate::fixture::Fixture;
use crate::stores::{Store, on_each_store};

on_each_store! {
    what_a_store_is_said_to_lack_is_what_it_does_not_declare,
}

/// A row, and that without which it cannot be seen.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Need],
}

/// What not every store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Other caches write to it at the same time.
    Shared,
    /// What it holds is there when it is opened again.
    Kept,
}

impl Need {
    const ALL: [Self; 2] = [Self::Shared, Self::Kept];

    fn is_met(self, by: &BackendInfo) -> bool {
        let has = |capability| by.capabilities.has(capability);
        match self {
            Self::Shared => has(Capability::Shared),
            Self::Kept => has(Capability::Shared) || has(Capability::Persistent),
        }
    }
}

const GROUPS: &[&[Row]] = &[
    ROWS,
    crate::answers::ROWS,
    crate::batches::ROWS,
    crate::callers::ROWS,
    crate::clears::ROWS,
    crate::close::ROWS,
    crate::contention::ROWS,
    crate::counters::ROWS,
    crate::cycles::ROWS,
    crate::errors::ROWS,
    crate::expiries::ROWS,
    crate::life::ROWS,
    crate::publishing::ROWS,
    crate::puts::ROWS,
    crate::races::ROWS,
    crate::reads::ROWS,
    crate::reopened::ROWS,
    crate::shared::ROWS,
    crate::single_flight::ROWS,
    crate::stats::ROWS,
    crate::timeouts::ROWS,
    crate::touches::ROWS,
    crate::updates::ROWS,
];

async fn what_a_store_is_said_to_lack_is_what_it_does_not_declare(store: &Store) {
    let fx = Fixture::on(store).await;
    let info = fx.cache.backend();
    let lacks: BTreeSet<_> = Need::ALL
        .into_iter()
        .filter(|need| !need.is_met(info))
        .collect();
    assert_eq!(store.lacks.iter().copied().collect::<BTreeSet<_>>(), lacks);
    let rows: Vec<_> = GROUPS.iter().copied().flatten().collect();
    let left_out = rows
        .iter()
        .filter(|row| row.needs.iter().any(|need| lacks.contains(need)));
    let left_out: Vec<_> = left_out.collect();
    println!(
        "{}: {} rows, {} skipped",
        info.name,
        rows.len(),
        left_out.len()
    );
    for row in left_out {
        println!("  {} for lack of {:?}", row.name, row.needs);
    }
}
