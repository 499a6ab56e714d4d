//! A source whose figures a test sets.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::sync::{Arc, Mutex};

use cache_core::{DomainStats, Error, ErrorKind, Operation, Result, Stats};
use cache_metrics::{DomainSnapshot, Snapshot, Source, Tier, TierSnapshot, Timings};
use futures_util::future::BoxFuture;

/// A cache as an exporter sees it.
#[derive(Clone, Default)]
pub(crate) struct Figures(
    pub(crate) Arc<Mutex<Snapshot>>,
    pub(crate) Arc<Mutex<Option<ErrorKind>>>,
);

impl Figures {
    pub(crate) fn set(&self, snapshot: Snapshot) {
        *self.0.lock().unwrap() = snapshot;
    }

    pub(crate) fn fail(&self, kind: Option<ErrorKind>) {
        *self.1.lock().unwrap() = kind;
    }
}

impl Source for Figures {
    fn snapshot(&self) -> BoxFuture<'_, Snapshot> {
        let now = self.0.lock().unwrap().clone();
        Box::pin(async { now })
    }

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        let kind = *self.1.lock().unwrap();
        Box::pin(async move {
            kind.map_or(Ok(()), |kind| {
                Err(Error::new(kind, "as the test says").operation(Operation::Ping))
            })
        })
    }
}

/// A snapshot of one domain, `system`, and what the store says.
pub(crate) fn snapshot(
    stats: DomainStats,
    loads: &Timings,
    tier: &Tier,
    store: Option<Stats>,
) -> Snapshot {
    let mut snapshot = Snapshot::new("app");
    let domain = DomainSnapshot::new("system", stats, loads.latency(), tier);
    snapshot.domains.insert("system".into(), domain);
    snapshot.tiers.push(TierSnapshot::new(tier, store));
    snapshot
}

/// Counts of a domain.
pub(crate) fn counted(change: impl FnOnce(&mut DomainStats)) -> DomainStats {
    let mut stats = DomainStats::default();
    change(&mut stats);
    stats
}

pub(crate) fn stored(change: impl FnOnce(&mut Stats)) -> Option<Stats> {
    let mut stats = Stats::default();
    change(&mut stats);
    Some(stats)
}
