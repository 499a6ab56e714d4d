//! One publishing: a snapshot, and the one before it, written to a recorder.

use cache_core::{DomainStats, ErrorKind, ServerWide, Stats};
use metrics::{Key, Label, Level, Metadata, Recorder, Unit};

use super::names::{self, Form, METRICS, Metric};
use crate::monitor::{Report, State};
use crate::snapshot::{DomainSnapshot, Snapshot, TierSnapshot};
use crate::timings::Latency;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Writes what is now, and of durations what came since before.
pub(super) struct Writer<'a> {
    recorder: &'a dyn Recorder,
    now: &'a Snapshot,
    before: &'a Snapshot,
}

impl<'a> Writer<'a> {
    pub(super) fn new(recorder: &'a dyn Recorder, now: &'a Snapshot, before: &'a Snapshot) -> Self {
        Self {
            recorder,
            now,
            before,
        }
    }

    pub(super) fn write(&self) {
        describe(self.recorder);
        self.whole();
        for (name, domain) in &self.now.domains {
            self.domain(name, domain);
            let before = self.before.domains.get(name);
            let before = before.map(|domain| &domain.load_latency);
            self.durations(names::LOAD_DURATION, &[name], &domain.load_latency, before);
        }
        for (place, tier) in self.now.tiers.iter().enumerate() {
            self.tier(tier, self.before.tiers.get(place));
        }
    }

    fn whole(&self) {
        let now = self.now;
        let release = now.release.as_deref().unwrap_or("none");
        let epoch = now.epoch.to_string();
        self.gauge(names::RELEASE, &[release, &epoch], 1.0);
        self.gauge(names::OPEN_FLIGHTS, &[], float(now.open_flights));
        let stats = || {
            now.domains
                .values()
                .map(|domain| domain.stats.invalidations)
        };
        let kinds = [
            ("invalidate", stats().map(|counts| counts.removed).sum()),
            ("expire", stats().map(|counts| counts.expired).sum()),
            (
                "clear",
                now.clears + stats().map(|counts| counts.cleared).sum::<u64>(),
            ),
        ];
        self.counters(names::INVALIDATIONS, &[], &kinds);
    }

    fn domain(&self, name: &str, domain: &DomainSnapshot) {
        let DomainStats {
            fresh,
            stale,
            negative,
            misses,
            ..
        } = domain.stats;
        let results = [
            ("fresh", fresh),
            ("stale", stale),
            ("negative", negative),
            ("miss", misses.total()),
        ];
        self.counters(names::REQUESTS, &[name], &results);
        self.counters(names::MISSES, &[name], &misses.by_reason());
        let stats = &domain.stats;
        let outcomes = [
            ("value", stats.load_values),
            ("absent", stats.load_absents),
            ("error", stats.load_errors),
        ];
        self.counters(names::LOADS, &[name], &outcomes);
        self.counters(
            names::STALE_SERVED,
            &[name],
            &[("soft_timeout", stats.stale_served)],
        );
        for (metric, count) in [
            (names::WAITERS, stats.waiters),
            (names::FENCED, stats.fenced),
            (names::WRITES, stats.writes),
            (names::FAILURES, stats.failures),
        ] {
            self.counter(metric, &[name], count);
        }
    }

    fn tier(&self, tier: &TierSnapshot, before: Option<&TierSnapshot>) {
        for (op, calls) in &tier.calls {
            self.counter(names::OPS, &[tier.name, op], *calls);
        }
        // All kinds from the start: the first error of a kind is then a step, and not the beginning of a series.
        for kind in ErrorKind::ALL {
            let failures = tier.failures.get(kind.as_str()).copied();
            self.counter(
                names::ERRORS,
                &[tier.name, kind.as_str()],
                failures.unwrap_or(0),
            );
        }
        self.counter(names::ABANDONED, &[tier.name], tier.abandoned);
        for (op, latency) in &tier.op_latency {
            let before = before.and_then(|tier| tier.op_latency.get(op));
            self.durations(names::OP_DURATION, &[tier.name, op], latency, before);
        }
        let before = before.and_then(|tier| tier.store).unwrap_or_default();
        self.store(tier.name, &tier.store.unwrap_or_default(), &before);
    }

    /// What a store cannot tell is not written; what it told before and does not tell now is not a number.
    fn store(&self, tier: &str, now: &Stats, before: &Stats) {
        let causes = [
            ("capacity", now.evictions),
            ("expired", now.expirations),
            ("explicit", now.removals),
        ];
        for (cause, count) in causes {
            if let Some(count) = count {
                self.counter(names::EVICTIONS, &[tier, cause], count);
            }
        }
        let told = |metric, labels: &[&str], of: &dyn Fn(&Stats) -> Option<u64>| match (
            of(now),
            of(before),
        ) {
            (Some(figure), _) => self.gauge(metric, labels, float(figure)),
            (None, Some(_)) => self.gauge(metric, labels, f64::NAN),
            (None, None) => {}
        };
        told(names::ENTRIES, &[tier], &|stats| stats.entries);
        told(names::SIZE, &[tier], &|stats| stats.bytes);
        told(names::CAPACITY, &[tier, "entries"], &|stats| {
            stats.max_entries
        });
        told(names::CAPACITY, &[tier, "bytes"], &|stats| stats.max_bytes);
        type Figure = fn(&ServerWide) -> Option<u64>;
        let servers: [(Metric, Figure); 5] = [
            (names::SERVER_KEYS, |servers| servers.entries),
            (names::SERVER_MEMORY, |servers| servers.bytes),
            (names::SERVER_MAX_MEMORY, |servers| servers.max_bytes),
            (names::SERVER_EVICTED, |servers| servers.evictions),
            (names::SERVER_EXPIRED, |servers| servers.expirations),
        ];
        for (metric, figure) in servers {
            told(metric, &[tier], &|stats| {
                stats.server_wide.as_ref().and_then(figure)
            });
        }
    }

    fn counters(&self, metric: Metric, labels: &[&str], counts: &[(&'static str, u64)]) {
        for (last, count) in counts {
            let labels: Vec<_> = labels.iter().copied().chain([*last]).collect();
            self.counter(metric, &labels, *count);
        }
    }

    fn counter(&self, metric: Metric, labels: &[&str], count: u64) {
        let key = key(metric, &self.now.cache, labels);
        self.recorder
            .register_counter(&key, &METADATA)
            .absolute(count);
    }

    fn gauge(&self, metric: Metric, labels: &[&str], figure: f64) {
        gauge(self.recorder, metric, &self.now.cache, labels, figure);
    }

    fn durations(&self, metric: Metric, labels: &[&str], now: &Latency, before: Option<&Latency>) {
        let key = key(metric, &self.now.cache, labels);
        let histogram = self.recorder.register_histogram(&key, &METADATA);
        let between = before.map_or_else(|| now.clone(), |before| now.since(before));
        for (seconds, count) in between.steps() {
            histogram.record_many(seconds, share(count, between.count));
        }
    }
}

/// Recorders take durations one by one, and keep them until they are read.
const MOST_AT_ONCE: u64 = 1_000_000;

/// How many of `count` durations are recorded, out of so many in all: none is lost that is the only one of its length.
fn share(count: u64, all: u64) -> usize {
    let count = if all <= MOST_AT_ONCE {
        count
    } else {
        let share = u128::from(count) * u128::from(MOST_AT_ONCE);
        u64::try_from(share.div_ceil(u128::from(all))).unwrap_or(MOST_AT_ONCE)
    };
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Writes which alerts are raised.
pub(super) fn alerts(recorder: &dyn Recorder, report: &Report) {
    describe_one(recorder, &names::ALERT);
    for status in &report.watched {
        let figure = match status.state {
            State::NoData => f64::NAN,
            State::Fine | State::Breached => f64::from(u8::from(status.is_raised)),
        };
        gauge(
            recorder,
            names::ALERT,
            &report.cache,
            &[status.alert.as_str()],
            figure,
        );
    }
}

fn gauge(recorder: &dyn Recorder, metric: Metric, cache: &str, labels: &[&str], figure: f64) {
    let key = key(metric, cache, labels);
    recorder.register_gauge(&key, &METADATA).set(figure);
}

/// Makes the key of a series: the cache's name is the first label of each metric.
fn key(metric: Metric, cache: &str, labels: &[&str]) -> Key {
    let values = std::iter::once(cache).chain(labels.iter().copied());
    let named = metric.labels.iter().zip(values);
    let labels: Vec<_> = named
        .map(|(name, value)| Label::new(*name, value.to_owned()))
        .collect();
    Key::from_parts(metric.name, labels)
}

fn describe(recorder: &dyn Recorder) {
    for metric in METRICS {
        describe_one(recorder, metric);
    }
}

fn describe_one(recorder: &dyn Recorder, metric: &Metric) {
    let (name, help) = (metric.name.into(), metric.help.into());
    match metric.form {
        Form::Counter => recorder.describe_counter(name, None, help),
        Form::Gauge => recorder.describe_gauge(name, None, help),
        Form::Histogram => recorder.describe_histogram(name, Some(Unit::Seconds), help),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge has 52 bits")]
fn float(figure: u64) -> f64 {
    figure as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_durations_than_a_recorder_should_keep_are_thinned() {
        assert_eq!(share(1_000_000, 1_000_000), 1_000_000);
        assert_eq!(share(5_000_000, 10_000_000), 500_000);
        assert_eq!(share(1, u64::MAX), 1);
        assert_eq!(share(u64::MAX, u64::MAX), 1_000_000);
    }
}
