//! What a service counted in a part of a test, and what has to hold of it.

use std::collections::BTreeMap;

use rollout_tests::lookup::Kind;
use rollout_tests::report::{Counts, Report};

/// Half a point: what a ratio may be lower by.
const TOLERANCE: f64 = 0.005;

/// What was counted, by domain.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    release: String,
    domains: BTreeMap<Kind, Counts>,
}

impl Figures {
    pub(crate) fn of(report: &Report) -> Self {
        Self {
            release: report.release.clone(),
            domains: report.domains.clone(),
        }
    }

    pub(crate) fn between(before: &Report, after: &Report) -> Self {
        let domains = after.domains.iter();
        let domains = domains.map(|(kind, counts)| (*kind, counts.since(&before.domains[kind])));
        Self {
            release: after.release.clone(),
            domains: domains.collect(),
        }
    }

    pub(crate) fn counts(&self, kind: Kind) -> &Counts {
        &self.domains[&kind]
    }

    pub(crate) fn total(&self) -> Counts {
        let counts = self.domains.values();
        counts.fold(Counts::default(), |sum, one| sum.plus(one))
    }

    /// Prints a line for each domain, and one for all.
    pub(crate) fn show(&self, part: &str) {
        let mark = if crate::is_soak() { "SOAK " } else { "" };
        let total = self.total();
        let rows = self.domains.iter().map(|(kind, one)| (kind.name(), one));
        for (name, counts) in rows.chain([("all", &total)]) {
            let Counts {
                lookups,
                misses,
                loads,
                migrated,
                from_others,
                wrong,
                old,
                ..
            } = counts;
            let ratio = counts.ratio().map_or("-".to_owned(), |r| format!("{r:.4}"));
            println!(
                "{mark}{part}: {} {name}: {lookups} look-ups, ratio {ratio}, misses {misses:?}, loads {loads}, \
                 migrated {migrated}, made by others {from_others}, wrong {wrong}, old {old}",
                self.release
            );
        }
    }

    /// Asserts that every look-up was answered as it should be, and that nothing was ever found that could not be read.
    pub(crate) fn are_sound(&self) {
        for (kind, counts) in &self.domains {
            let at = format!("{} {}: {counts:?}", self.release, kind.name());
            assert_eq!((counts.wrong, counts.old), (0, 0), "{at}");
            assert_eq!((counts.errors, counts.failures), (0, 0), "{at}");
            assert_eq!((counts.stale, counts.negative), (0, 0), "{at}");
            assert!(counts.misses.keys().all(|why| why == "absent"), "{at}");
            assert_eq!(counts.lookups, counts.asked, "{at}");
            assert_eq!(counts.loads, counts.loaded, "{at}");
        }
    }

    /// Asserts that no ratio, of a domain or of all, is more than half a point below that of other figures.
    pub(crate) fn are_no_worse_than(&self, other: &Self, part: &str) {
        let kinds = Kind::ALL.into_iter();
        let pairs = kinds.map(|kind| (kind.name(), self.ratio(kind), other.ratio(kind)));
        let all = (self.total().ratio(), other.total().ratio());
        for (name, own, others) in pairs.chain([("all", all.0, all.1)]) {
            let (own, others) = (own.unwrap(), others.unwrap());
            assert!(
                own >= others - TOLERANCE,
                "{part}: {} {name}: {own:.4} after {others:.4}",
                self.release
            );
        }
    }

    fn ratio(&self, kind: Kind) -> Option<f64> {
        self.counts(kind).ratio()
    }
}
