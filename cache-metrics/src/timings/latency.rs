//! Durations in a few figures.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

/// What is told of the durations of operations. As data, durations are seconds.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// How many were measured.
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
    /// What the figures were made of, in nanoseconds.
    #[serde(skip)]
    histogram: Option<Arc<Histogram<u64>>>,
}

impl PartialEq for Latency {
    fn eq(&self, other: &Self) -> bool {
        self.histogram == other.histogram
    }
}

impl Latency {
    pub(crate) fn of(histogram: Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let quantile = |at| Some(Duration::from_nanos(histogram.value_at_quantile(at)));
        Self {
            count: histogram.len(),
            sum: Some(sum(&histogram)),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: Some(Duration::from_nanos(histogram.max())),
            histogram: Some(Arc::new(histogram)),
        }
    }

    /// Returns what was measured after an earlier reading of the same durations. Nothing, if that one is the later.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let (Some(now), Some(before)) = (&self.histogram, &earlier.histogram) else {
            return if earlier.count == 0 {
                self.clone()
            } else {
                Self::default()
            };
        };
        let mut between = Histogram::clone(now);
        match between.subtract(&**before) {
            Ok(()) => Self::of(between),
            Err(_) => Self::default(),
        }
    }

    /// Returns this and others as one.
    #[must_use]
    pub fn merged<'a>(latencies: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut histograms = latencies
            .into_iter()
            .filter_map(|one| one.histogram.as_ref());
        let Some(first) = histograms.next() else {
            return Self::default();
        };
        let mut merged = Histogram::clone(first);
        for histogram in histograms {
            // Of the same bounds, nothing is refused.
            let _ = merged.add(&**histogram);
        }
        Self::of(merged)
    }

    /// Goes through the durations, those alike together: how long, in seconds, and how many.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (f64, u64)> {
        let steps = self.histogram.iter().flat_map(|histogram| {
            histogram.iter_recorded().map(|step| {
                let nanos = histogram.median_equivalent(step.value_iterated_to());
                (nanos, step.count_at_value())
            })
        });
        steps.map(|(nanos, count)| (Duration::from_nanos(nanos).as_secs_f64(), count))
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
