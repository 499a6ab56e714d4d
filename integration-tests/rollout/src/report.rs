//! What a service says of itself: one line of JSON each time.

use std::collections::BTreeMap;

use cache_facade::DomainStats;
use serde::{Deserialize, Serialize};

use crate::lookup::Kind;

/// A line that the service writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It takes part: it is listed in every domain.
    Ready(Report),
    /// A pass over the kills has ended, and the play goes on.
    Pass(Report),
    /// The play has ended.
    Played(Report),
    /// The answer to `report`.
    Report(Report),
    /// The answer to `read`.
    Read {
        /// How new the value is.
        edition: u64,
        /// The release that made it.
        made_by: String,
    },
    /// The command has been obeyed.
    Done,
    /// It has not, and why.
    Failed(String),
}

/// Everything counted since the service was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The service's release.
    pub release: String,
    /// Whole passes.
    pub passes: u64,
    /// Kills.
    pub kills: u64,
    /// The domains.
    pub domains: BTreeMap<Kind, Counts>,
}

/// What was counted of a domain: by the cache, and by the service's own checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Look-ups, as the cache counts them.
    pub lookups: u64,
    /// Those that found a fresh value.
    pub fresh: u64,
    /// Those that found a stale one.
    pub stale: u64,
    /// Those that found known absence.
    pub negative: u64,
    /// Those that found nothing usable, by reason. A migrated value is a miss too: nothing was there.
    pub misses: BTreeMap<String, u64>,
    /// Calls of the loader, as the cache counts them.
    pub loads: u64,
    /// Misses that were answered by a converted value of an earlier type.
    pub migrated: u64,
    /// What the store failed.
    pub failures: u64,
    /// Look-ups, as the service counts them.
    pub asked: u64,
    /// Calls of the loader, as the upstream counts them.
    pub loaded: u64,
    /// Answers that another release had made.
    pub from_others: u64,
    /// Answers of another id, or whose fields do not fit their seal: decoded as what they are not. And no answer.
    pub wrong: u64,
    /// Answers to look-ups of an id of which it was demanded how new it is.
    pub demanded: u64,
    /// Those of them that were older.
    pub old: u64,
    /// Look-ups that ended in an error.
    pub errors: u64,
}

impl From<DomainStats> for Counts {
    fn from(stats: DomainStats) -> Self {
        let misses = stats.misses.by_reason().into_iter();
        let misses = misses.filter(|(_, count)| *count > 0);
        Self {
            lookups: stats.lookups(),
            fresh: stats.fresh,
            stale: stats.stale,
            negative: stats.negative,
            misses: misses
                .map(|(reason, count)| (reason.to_owned(), count))
                .collect(),
            loads: stats.loads,
            migrated: stats.migrated,
            failures: stats.failures,
            ..Self::default()
        }
    }
}

impl Counts {
    /// Returns the share of look-ups that found a fresh value; `None` of nothing.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio needs no more than 52 bits"
    )]
    pub fn ratio(&self) -> Option<f64> {
        (self.lookups > 0).then(|| self.fresh as f64 / self.lookups as f64)
    }

    /// Returns what was counted since an earlier report.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        self.with(before, u64::saturating_sub)
    }

    /// Adds two counts.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    fn with(&self, other: &Self, of: impl Fn(u64, u64) -> u64) -> Self {
        let mut misses = BTreeMap::new();
        for reason in self.misses.keys().chain(other.misses.keys()) {
            let count = |counts: &Self| counts.misses.get(reason).copied().unwrap_or_default();
            misses.insert(reason.clone(), of(count(self), count(other)));
        }
        misses.retain(|_, count| *count > 0);
        Self {
            misses,
            lookups: of(self.lookups, other.lookups),
            fresh: of(self.fresh, other.fresh),
            stale: of(self.stale, other.stale),
            negative: of(self.negative, other.negative),
            loads: of(self.loads, other.loads),
            migrated: of(self.migrated, other.migrated),
            failures: of(self.failures, other.failures),
            asked: of(self.asked, other.asked),
            loaded: of(self.loaded, other.loaded),
            from_others: of(self.from_others, other.from_others),
            wrong: of(self.wrong, other.wrong),
            demanded: of(self.demanded, other.demanded),
            old: of(self.old, other.old),
            errors: of(self.errors, other.errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(lookups: u64, fresh: u64, absent: u64) -> Counts {
        Counts {
            lookups,
            fresh,
            misses: BTreeMap::from([("absent".to_owned(), absent)]),
            ..Counts::default()
        }
    }

    #[test]
    fn a_ratio_is_of_what_was_counted_since() {
        let since = counts(30, 15, 15).since(&counts(10, 0, 10));
        assert_eq!(since, counts(20, 15, 5));
        assert_eq!(since.ratio(), Some(0.75));
        assert_eq!(since.plus(&counts(10, 0, 10)), counts(30, 15, 15));
        assert_eq!(since.since(&since).ratio(), None);
    }

    #[test]
    fn an_answer_is_read_as_it_is_written() {
        let report = Report {
            release: "1.4.0".to_owned(),
            passes: 1,
            kills: 2,
            domains: BTreeMap::from([(Kind::Character, counts(3, 2, 1))]),
        };
        let read = Answer::Read {
            edition: 7,
            made_by: "1.4.1".to_owned(),
        };
        for answer in [Answer::Pass(report), read, Answer::Done] {
            let line = serde_json::to_string(&answer).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Answer>(&line).unwrap(), answer);
        }
    }
}
