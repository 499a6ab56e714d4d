//! What the monitor takes for wrong, and how often it looks.

use std::time::Duration;

use cache_core::{Error, ErrorKind, Operation, Result};
use serde::{Deserialize, Serialize};

/// The settings of a [`Monitor`](super::Monitor).
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_metrics::MonitorConfig;
/// let config: MonitorConfig = serde_json::from_str(r#"{ "every": "10s", "thresholds": { "p99": "20ms" } }"#)?;
/// assert_eq!(config.thresholds.p99, Some(Duration::from_millis(20)));
/// assert_eq!(config.thresholds.hit_ratio, Some(0.9));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MonitorConfig {
    /// How often [`Monitor::run`](super::Monitor::run) looks, 100 ms to 1 day: each look judges what happened since the last.
    /// Default: 30 s.
    #[serde(with = "cache_core::duration_text")]
    pub every: Duration,
    /// An alert is raised at most once in this time, and cleared at most once, up to 1 day. Default: 5 min.
    #[serde(with = "cache_core::duration_text")]
    pub cooldown: Duration,
    /// With fewer look-ups since the last look, hit ratio and p99 are "no data", at least 1. Default: 1.
    pub min_lookups: u64,
    /// What is taken for wrong.
    pub thresholds: Thresholds,
}

impl Default for MonitorConfig {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(30),
            cooldown: Duration::from_secs(300),
            min_lookups: 1,
            thresholds: Thresholds::default(),
        }
    }
}

/// From where on something is taken for wrong. What is `None` is not watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Thresholds {
    /// The least share of look-ups that find a fresh value, 0 to 1. Default: 0.9.
    pub hit_ratio: Option<f64>,
    /// The longest that 99 % of the store's reads take. Default: 100 ms.
    #[serde(with = "maybe_duration")]
    pub p99: Option<Duration>,
    /// The largest share of memory in use, 0 to 1: of the servers' limit on a shared store, else of the store's limit in
    /// bytes. Default: `None`, since a store that is limited is full when it works well.
    pub memory: Option<f64>,
    /// The most entries that go for lack of room between two looks, for each that is held, from 0 on. Default: 0.1.
    pub eviction_rate: Option<f64>,
    /// The largest share of operations that the store fails, 0 to 1. Default: 0.05.
    pub error_rate: Option<f64>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            hit_ratio: Some(0.9),
            p99: Some(Duration::from_millis(100)),
            memory: None,
            eviction_rate: Some(0.1),
            error_rate: Some(0.05),
        }
    }
}

impl MonitorConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the setting and what is accepted.
    pub fn check(&self) -> Result<()> {
        const DAY: Duration = Duration::from_secs(86_400);
        let shares = [
            ("hit_ratio", self.thresholds.hit_ratio),
            ("memory", self.thresholds.memory),
            ("error_rate", self.thresholds.error_rate),
        ];
        for (name, share) in shares {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                return Err(refused(&format!("thresholds.{name}"), "0 to 1"));
            }
        }
        let rate = self.thresholds.eviction_rate;
        if rate.is_some_and(|rate| !(rate.is_finite() && rate >= 0.0)) {
            return Err(refused("thresholds.eviction_rate", "a number from 0 on"));
        }
        if !(Duration::from_millis(100)..=DAY).contains(&self.every) {
            return Err(refused("every", "100 ms to 1 day"));
        }
        if self.cooldown > DAY {
            return Err(refused("cooldown", "up to 1 day"));
        }
        if self.min_lookups == 0 {
            return Err(refused("min_lookups", "at least 1"));
        }
        Ok(())
    }
}

fn refused(setting: &str, accepted: &str) -> Error {
    let message = format!("monitor: `{setting}` is out of range; accepted: {accepted}");
    Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Build)
}

/// A duration as text, or none.
mod maybe_duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "cache_core::duration_text")] Duration);

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Text).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<Text>::deserialize(from)?;
        Ok(text.map(|Text(duration)| duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        type Change = fn(&mut MonitorConfig);
        let wrong: [(&str, Change); 7] = [
            ("thresholds.hit_ratio", |c| {
                c.thresholds.hit_ratio = Some(1.1);
            }),
            ("thresholds.memory", |c| {
                c.thresholds.memory = Some(f64::NAN);
            }),
            ("thresholds.error_rate", |c| {
                c.thresholds.error_rate = Some(-0.1);
            }),
            ("thresholds.eviction_rate", |c| {
                c.thresholds.eviction_rate = Some(f64::INFINITY);
            }),
            ("every", |c| c.every = Duration::ZERO),
            ("cooldown", |c| c.cooldown = Duration::MAX),
            ("min_lookups", |c| c.min_lookups = 0),
        ];
        for (name, change) in wrong {
            let mut config = MonitorConfig::default();
            change(&mut config);
            let error = config.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains(name), "{error}");
        }
        MonitorConfig::default().check().unwrap();
    }

    #[test]
    fn settings_survive_their_text() {
        let text = serde_json::to_string(&MonitorConfig::default()).unwrap();
        let read: MonitorConfig = serde_json::from_str(&text).unwrap();
        assert_eq!(read, MonitorConfig::default());
        let none: MonitorConfig = serde_json::from_str(r#"{"thresholds":{"p99":null}}"#).unwrap();
        assert_eq!(none.thresholds.p99, None);
    }
}
