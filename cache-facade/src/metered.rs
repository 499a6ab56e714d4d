//! Wraps the store in what counts and times its calls, and times loads. Without the feature `metrics`, nothing is wrapped and
//! no clock is read.

#[cfg(feature = "metrics")]
mod on {
    use std::sync::Arc;

    use cache_core::{AnyBackend, Backend, Layer};
    use cache_metrics::{MeteredLayer, Timings};
    use tokio::time::Instant;

    /// What is counted of the store.
    pub(crate) type Tier = Arc<cache_metrics::Tier>;

    /// The durations of a domain's loads.
    pub(crate) type LoadTimes = Timings;

    pub(crate) fn wrap(backend: impl Backend, time_one_in: u64) -> (AnyBackend, Tier) {
        let metered = MeteredLayer::default()
            .time_one_in(time_one_in)
            .layer(backend);
        let tier = metered.tier();
        (AnyBackend::new(metered), tier)
    }

    /// A duration that is being measured.
    pub(crate) struct Stopwatch(Instant);

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn stop(&self, times: &LoadTimes) {
            times.record(self.0.elapsed());
        }
    }
}

#[cfg(not(feature = "metrics"))]
mod off {
    use cache_core::{AnyBackend, Backend};

    /// Nothing.
    #[derive(Debug)]
    pub(crate) struct Tier;

    /// Nothing.
    #[derive(Debug, Default)]
    pub(crate) struct LoadTimes(());

    pub(crate) fn wrap(backend: impl Backend, _: u64) -> (AnyBackend, Tier) {
        (AnyBackend::new(backend), Tier)
    }

    /// Nothing.
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        pub(crate) const fn start() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as its twin with the feature")]
        pub(crate) const fn stop(&self, _: &LoadTimes) {}
    }
}

#[cfg(not(feature = "metrics"))]
pub(crate) use off::{LoadTimes, Stopwatch, Tier, wrap};
#[cfg(feature = "metrics")]
pub(crate) use on::{LoadTimes, Stopwatch, Tier, wrap};
