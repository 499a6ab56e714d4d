//! Configuration: plain data, and what of it is accepted. The code-only parts are in `builder.rs`.

use std::time::Duration;

use cache_core::Result;
use serde::{Deserialize, Serialize};

use crate::error;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// This many entries, whatever they weigh.
    Entries(u64),
    /// This many bytes: of each entry the weight of its value, the length of its id, and
    /// [`MokaBackend::ENTRY_OVERHEAD`](crate::MokaBackend::ENTRY_OVERHEAD).
    Bytes(u64),
}

/// Which entry goes when there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Policy {
    /// `"tinylfu"`: a new entry is kept only if it was asked for more often than what would have to go for it. Withstands
    /// scans and loops; may drop an entry right after it was put.
    #[default]
    TinyLfu,
    /// `"lru"`: what was not used for the longest time goes. Better where recent use predicts use.
    Lru,
}

/// The settings of a [`MokaBackend`](crate::MokaBackend).
///
/// # Example
/// ```
/// use backend_moka::{Capacity, MokaConfig, Policy};
/// let text = r#"{ "max_bytes": 67108864, "policy": "lru", "sweep_interval": "10s" }"#;
/// let config: MokaConfig = serde_json::from_str(text)?;
/// assert_eq!(config.policy, Policy::Lru);
/// assert_eq!(config.capacity()?, Capacity::Bytes(64 << 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MokaConfig {
    /// The most entries, at least 1. Excludes `max_bytes`. Default: 100,000, unless `max_bytes` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<u64>,
    /// The most bytes, at least 4,096. Excludes `max_capacity`. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// Which entry goes when there is no room. Default: `"tinylfu"`.
    pub policy: Policy,
    /// The largest payload in bytes, at least 1: of an object the weight in its meta, of encoded bytes their length. Larger
    /// ones are refused with `TooLarge`. Default: 8,388,608 (8 MiB).
    pub max_payload: u32,
    /// How often memory of dead entries is freed, 10 ms to 1 day, as text such as `"30s"`. Default: 30 s.
    ///
    /// It bounds memory only: a dead entry is never returned, swept or not.
    #[serde(with = "cache_core::duration_text")]
    pub sweep_interval: Duration,
    /// The most counters, at least 1; more are refused with `Overloaded`. Default: 100,000.
    pub max_counters: usize,
}

impl Default for MokaConfig {
    fn default() -> Self {
        Self {
            max_capacity: None,
            max_bytes: None,
            policy: Policy::TinyLfu,
            max_payload: 8 << 20,
            sweep_interval: Duration::from_secs(30),
            max_counters: 100_000,
        }
    }
}

/// What `max_capacity` is if neither limit is set.
const DEFAULT_ENTRIES: u64 = 100_000;

/// Below this not even a handful of entries has room.
const LEAST_BYTES: u64 = 4_096;

const LEAST_INTERVAL: Duration = Duration::from_millis(10);
const LONGEST_INTERVAL: Duration = Duration::from_secs(86_400);

impl MokaConfig {
    /// Returns the limit that is meant.
    ///
    /// # Errors
    /// `InvalidConfig` if both limits are set, or the one that is set is out of range.
    pub fn capacity(&self) -> Result<Capacity> {
        match (self.max_capacity, self.max_bytes) {
            (Some(_), Some(_)) => Err(error::invalid(
                "`max_capacity` and `max_bytes` are both set; accepted is one of them",
            )),
            (Some(0), None) => Err(error::invalid("`max_capacity` is 0; accepted: at least 1")),
            (_, Some(0..LEAST_BYTES)) => {
                Err(error::invalid("`max_bytes`; accepted: at least 4,096"))
            }
            (None, Some(bytes)) => Ok(Capacity::Bytes(bytes)),
            (entries, None) => Ok(Capacity::Entries(entries.unwrap_or(DEFAULT_ENTRIES))),
        }
    }

    pub(crate) fn check(&self) -> Result<Capacity> {
        if self.max_payload == 0 {
            return Err(error::invalid("`max_payload` is 0; accepted: at least 1"));
        }
        if !(LEAST_INTERVAL..=LONGEST_INTERVAL).contains(&self.sweep_interval) {
            return Err(error::invalid(
                "`sweep_interval`; accepted: \"10ms\" to \"1day\"",
            ));
        }
        if self.max_counters == 0 {
            return Err(error::invalid("`max_counters` is 0; accepted: at least 1"));
        }
        self.capacity()
    }
}

#[cfg(test)]
mod tests {
    use cache_core::ErrorKind;

    use super::*;

    fn read(text: &str) -> Result<MokaConfig, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn refusal(change: impl FnOnce(&mut MokaConfig)) -> String {
        let mut config = MokaConfig::default();
        change(&mut config);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        error.to_string()
    }

    #[test]
    fn nothing_said_means_the_defaults_of_the_docs() {
        let config = read("{}").unwrap();
        assert_eq!(config, MokaConfig::default());
        assert_eq!(config.check().unwrap(), Capacity::Entries(100_000));
        assert_eq!(config.max_payload, 8 * 1_024 * 1_024);
        assert_eq!(config.sweep_interval, Duration::from_secs(30));
        assert_eq!(config.max_counters, 100_000);
        assert_eq!(config.policy, Policy::TinyLfu);
    }

    #[test]
    fn durations_are_text() {
        for (text, millis) in [("10s", 10_000), ("500ms", 500), ("5m", 300_000)] {
            let config = read(&format!("{{\"sweep_interval\": \"{text}\"}}")).unwrap();
            assert_eq!(config.sweep_interval, Duration::from_millis(millis));
        }
        for text in ["10", "\"10\"", "\"-1s\"", "\"soon\""] {
            assert!(read(&format!("{{\"sweep_interval\": {text}}}")).is_err());
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = MokaConfig {
            max_bytes: Some(1 << 20),
            policy: Policy::Lru,
            sweep_interval: Duration::from_millis(1_500),
            ..MokaConfig::default()
        };
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains("\"lru\"") && !text.contains("max_capacity"));
        assert_eq!(read(&text).unwrap(), config);
    }

    #[test]
    fn a_misspelt_field_is_named() {
        assert!(
            read("{\"max_capacty\": 1}")
                .unwrap_err()
                .contains("max_capacty")
        );
        assert!(
            read("{\"policy\": \"fifo\"}")
                .unwrap_err()
                .contains("tinylfu")
        );
    }

    #[test]
    fn refusals_name_the_field() {
        let both = refusal(|config| {
            config.max_capacity = Some(1);
            config.max_bytes = Some(1 << 20);
        });
        assert!(both.contains("max_capacity") && both.contains("max_bytes"));
        assert!(refusal(|config| config.max_capacity = Some(0)).contains("max_capacity"));
        assert!(refusal(|config| config.max_bytes = Some(4_095)).contains("max_bytes"));
        assert!(refusal(|config| config.max_payload = 0).contains("max_payload"));
        assert!(refusal(|config| config.max_counters = 0).contains("max_counters"));
        for out in [Duration::from_millis(9), Duration::from_secs(86_401)] {
            assert!(refusal(|config| config.sweep_interval = out).contains("sweep_interval"));
        }
    }
}
