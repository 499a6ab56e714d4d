//! Durations in a few figures.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

/// What is told of the durations of operations. As data, durations are seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// How many there were.
    pub count: u64,
    /// Their sum.
    #[serde(serialize_with = "seconds")]
    pub sum: Option<Duration>,
    /// Half took no longer than this; like the other quantiles, at most 1 % more than what was measured. `None` where
    /// nothing was.
    #[serde(serialize_with = "seconds")]
    pub p50: Option<Duration>,
    /// 90 % took no longer.
    #[serde(serialize_with = "seconds")]
    pub p90: Option<Duration>,
    /// 99 % took no longer.
    #[serde(serialize_with = "seconds")]
    pub p99: Option<Duration>,
    /// None took longer.
    #[serde(serialize_with = "seconds")]
    pub max: Option<Duration>,
}

impl Latency {
    pub(crate) fn of(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let quantile = |at| Some(Duration::from_nanos(histogram.value_at_quantile(at)));
        Self {
            count: histogram.len(),
            sum: Some(sum(histogram)),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: Some(Duration::from_nanos(histogram.max())),
        }
    }
}

fn sum(histogram: &Histogram<u64>) -> Duration {
    let nanos = histogram.iter_recorded().fold(0_u64, |sum, step| {
        let alike = histogram.median_equivalent(step.value_iterated_to());
        sum.saturating_add(alike.saturating_mul(step.count_at_value()))
    });
    Duration::from_nanos(nanos)
}

fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}
