//! The metrics by name: what each means and which labels it has. One table, for recorders, documentation and tests.

/// The form of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Only grows.
    Counter,
    /// A figure of the moment.
    Gauge,
    /// Durations in seconds, by [`BUCKETS`].
    Histogram,
}

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, as Prometheus has it.
    pub name: &'static str,
    /// Its form.
    pub form: Form,
    /// The labels, all of them with a bounded set of values: never a key, an id or a text of an error.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

/// The upper bounds of the buckets for durations, in seconds: 100 ns to 10 s, in steps of 1, 2.5, 5.
pub const BUCKETS: [f64; 25] = [
    1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
    5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

macro_rules! metrics {
    ($($constant:ident $form:ident $name:literal [$($label:literal)*] $help:literal;)*) => {
        $(pub(crate) const $constant: Metric = Metric {
            name: $name,
            form: Form::$form,
            labels: &[$($label),*],
            help: $help,
        };)*

        /// Every metric.
        pub const METRICS: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    REQUESTS Counter "cache_requests_total" ["cache" "domain" "result"] "Look-ups by what they first found: fresh, stale, negative, miss.";
    MISSES Counter "cache_misses_total" ["cache" "domain" "reason"] "Look-ups that found nothing usable, by reason.";
    LOADS Counter "cache_loads_total" ["cache" "domain" "outcome"] "Calls of loaders that ended: value, absent, error.";
    LOAD_DURATION Histogram "cache_load_duration_seconds" ["cache" "domain"] "How long calls of loaders took.";
    OPEN_FLIGHTS Gauge "cache_open_flights" ["cache"] "Loads under way.";
    WAITERS Counter "cache_flight_waiters_total" ["cache" "domain"] "Callers who joined a load that was under way.";
    FENCED Counter "cache_fenced_publishes_total" ["cache" "domain"] "Loads that were not published, since their key was changed meanwhile.";
    STALE_SERVED Counter "cache_stale_served_total" ["cache" "domain" "cause"] "Callers of loads who got a stale value, by cause: soft_timeout.";
    WRITES Counter "cache_writes_total" ["cache" "domain"] "Puts, updates and touches that ended well.";
    INVALIDATIONS Counter "cache_invalidations_total" ["cache" "kind"] "Invalidations that ended well: invalidate, expire, clear.";
    FAILURES Counter "cache_failures_total" ["cache" "domain"] "Operations that the store failed, as callers met them.";
    OP_DURATION Histogram "cache_op_duration_seconds" ["cache" "tier" "op"] "How long calls of the store took. Of get_now, which process memory answers, a sample is timed.";
    OPS Counter "cache_ops_total" ["cache" "tier" "op"] "Calls of the store; of a batch, one.";
    ERRORS Counter "cache_errors_total" ["cache" "tier" "kind"] "Calls of the store, and items of batches, that failed, by the kind of the error.";
    ABANDONED Counter "cache_abandoned_ops_total" ["cache" "tier"] "Calls of the store that were given up before an answer, past a deadline for example.";
    EVICTIONS Counter "cache_evictions_total" ["cache" "tier" "cause"] "Entries that left the store: capacity, expired, explicit. Absent where the store cannot tell.";
    ENTRIES Gauge "cache_entries" ["cache" "tier"] "Entries held. Absent where the store cannot tell.";
    SIZE Gauge "cache_size_bytes" ["cache" "tier"] "Bytes that the entries weigh. Absent where the store cannot tell.";
    CAPACITY Gauge "cache_capacity" ["cache" "tier" "unit"] "The most that the store holds, in entries or bytes. Absent where it is not limited.";
    SERVER_KEYS Gauge "cache_server_keys" ["cache" "tier"] "Keys on the servers of a shared store, whoever owns them.";
    SERVER_MEMORY Gauge "cache_server_memory_bytes" ["cache" "tier"] "Memory that the servers of a shared store use, for whatever.";
    SERVER_MAX_MEMORY Gauge "cache_server_max_memory_bytes" ["cache" "tier"] "The most memory that the servers of a shared store may use, if it is limited.";
    SERVER_EVICTED Gauge "cache_server_evicted_keys" ["cache" "tier"] "Keys that the servers evicted since they started, whoever owned them.";
    SERVER_EXPIRED Gauge "cache_server_expired_keys" ["cache" "tier"] "Keys that expired on the servers since they started, whoever owned them.";
    RELEASE Gauge "cache_release_info" ["cache" "release" "epoch"] "1, with the application's release and the epoch of its addresses as labels.";
    ALERT Gauge "cache_alert_active" ["cache" "alert"] "1 while an alert of the performance monitor is raised, 0 while not, NaN while there is no data.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for metric in METRICS {
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(
                metric.name.starts_with("cache_") && plain(metric.name),
                "{}",
                metric.name
            );
            assert!(metric.labels.iter().all(|label| plain(label)));
            assert_eq!(
                metric.form == Form::Counter,
                metric.name.ends_with("_total"),
                "{}",
                metric.name
            );
            assert_eq!(
                metric.form == Form::Histogram,
                metric.name.ends_with("_seconds"),
                "{}",
                metric.name
            );
            assert_eq!(metric.labels.first(), Some(&"cache"));
            assert_eq!(
                METRICS.iter().filter(|one| one.name == metric.name).count(),
                1
            );
        }
    }

    #[test]
    fn buckets_rise_from_100_ns_to_10_s() {
        assert!(BUCKETS.is_sorted());
        assert_eq!(
            (BUCKETS.first(), BUCKETS.last()),
            (Some(&1e-7), Some(&10.0))
        );
    }
}
