//! What a replay counts, per domain.

use std::collections::BTreeMap;
use std::time::Duration;

use eve::Kind;
use hdrhistogram::Histogram;

use super::witness::Outcome;

/// The kinds that kills mention, in the order of reports.
pub(crate) const KINDS: [Kind; 5] = [
    Kind::Character,
    Kind::Corporation,
    Kind::Alliance,
    Kind::System,
    Kind::Type,
];

/// The counts of one domain.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) lookups: u64,
    pub(crate) hits: u64,
    pub(crate) stale: u64,
    pub(crate) negative: u64,
    pub(crate) misses: u64,
    /// Nanoseconds, to three digits, up to 100 s.
    latency: Histogram<u64>,
}

const LONGEST: u64 = 100_000_000_000;

impl Domain {
    fn new() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the bounds are constants that the histogram accepts"
        )]
        let latency = Histogram::new_with_bounds(1, LONGEST, 3).expect("1 to 100 s with 3 digits");
        Self {
            lookups: 0,
            hits: 0,
            stale: 0,
            negative: 0,
            misses: 0,
            latency,
        }
    }

    /// Returns the latency that this share of the look-ups does not exceed, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(crate) fn latency_us(&self, share: f64) -> f64 {
        self.latency.value_at_quantile(share) as f64 / 1_000.0
    }
}

/// The counts of all domains over some time.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    pub(crate) domains: BTreeMap<Kind, Domain>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            kills: 0,
            domains: KINDS
                .into_iter()
                .map(|kind| (kind, Domain::new()))
                .collect(),
        }
    }

    pub(crate) fn add(&mut self, kind: Kind, outcome: Outcome, took: Duration) {
        let Some(domain) = self.domains.get_mut(&kind) else {
            return;
        };
        domain.lookups += 1;
        match outcome {
            Outcome::Hit => domain.hits += 1,
            Outcome::Stale => domain.stale += 1,
            Outcome::Negative => domain.negative += 1,
            Outcome::Miss => domain.misses += 1,
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(LONGEST);
        domain.latency.saturating_record(nanos.max(1));
    }

    pub(crate) fn lookups(&self) -> u64 {
        self.domains.values().map(|domain| domain.lookups).sum()
    }

    /// Fresh, and fresh or stale, look-ups of characters, corporations and alliances together, as shares.
    pub(crate) fn combined(&self) -> Option<(f64, f64)> {
        let three = || {
            KINDS
                .iter()
                .take(3)
                .filter_map(|kind| self.domains.get(kind))
        };
        let sum = |count: fn(&Domain) -> u64| three().map(count).sum::<u64>();
        let lookups = sum(|domain| domain.lookups);
        Some((
            ratio(sum(|domain| domain.hits), lookups)?,
            ratio(sum(|domain| domain.hits + domain.stale), lookups)?,
        ))
    }
}

/// A share, to four digits; `None` of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio needs no more than 52 bits"
)]
pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_counts_stale_and_fresh_does_not() {
        let mut tally = Tally::new();
        for outcome in [Outcome::Hit, Outcome::Stale, Outcome::Miss, Outcome::Miss] {
            tally.add(Kind::Alliance, outcome, Duration::from_micros(3));
        }
        tally.add(Kind::System, Outcome::Hit, Duration::from_micros(3));
        assert_eq!(tally.combined(), Some((0.25, 0.5)));
        assert_eq!(tally.lookups(), 5);
        assert_eq!(Tally::new().combined(), None);
    }
}
