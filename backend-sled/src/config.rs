//! Configuration: plain data, and what of it is accepted. The code-only parts are in `builder.rs`.

use std::path::PathBuf;
use std::time::Duration;

use cache_core::Result;
use serde::{Deserialize, Serialize};

use crate::error;

/// On which thread a read runs. Writes never run on a thread of the runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reads {
    /// `"auto"`: inline while what is held surely fits the page cache (twice its bytes are no more than `page_cache_bytes`),
    /// offloaded beyond that.
    #[default]
    Auto,
    /// `"inline"`: on the caller's thread, in microseconds; a read that has to wait for the disk holds that thread up.
    Inline,
    /// `"offload"`: on a thread for blocking work, at 30 to 50 us for each call, a batch being one call.
    Offload,
}

/// The settings of a [`SledBackend`](crate::SledBackend).
///
/// # Example
/// ```
/// use backend_sled::{Reads, SledConfig};
/// let text = r#"{ "path": "/var/lib/app/cache", "reads": "offload", "flush_interval": "1s" }"#;
/// let config: SledConfig = serde_json::from_str(text)?;
/// assert_eq!(config.reads, Reads::Offload);
/// assert_eq!(config.max_bytes, 1 << 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SledConfig {
    /// The directory, made if it does not exist. It has to be set, and belongs to this backend alone.
    pub path: PathBuf,
    /// On which thread reads run. Default: `"auto"`.
    pub reads: Reads,
    /// The most live bytes, at least 1,048,576 (1 MiB): of each entry its key, the envelope's header and the payload.
    /// Beyond it, what ends soonest goes. Files take several times as much, and never shrink. Default: 1,073,741,824
    /// (1 GiB).
    pub max_bytes: u64,
    /// The largest payload in bytes, at least 1. Larger ones are refused with `TooLarge`. Default: 8,388,608 (8 MiB).
    pub max_payload: u32,
    /// How many bytes of pages sled keeps in memory, at least 1,048,576 (1 MiB). Default: 67,108,864 (64 MiB).
    pub page_cache_bytes: u64,
    /// How many calls may block at once, 1 to 512; others wait for their turn. Default: 16.
    pub max_blocking: u16,
    /// How often what was written goes to disk by itself, 10 ms to 1 hour, as text such as `"500ms"`. Default: 500 ms.
    #[serde(with = "cache_core::duration_text")]
    pub flush_interval: Duration,
    /// How often dead entries are removed, 10 ms to 1 day, as text such as `"30s"`. Default: 30 s.
    ///
    /// It bounds space only: a dead entry is never returned, swept or not.
    #[serde(with = "cache_core::duration_text")]
    pub sweep_interval: Duration,
    /// The most counters, at least 1; more are refused with `Overloaded`. Default: 100,000.
    pub max_counters: u64,
}

impl Default for SledConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            reads: Reads::Auto,
            max_bytes: 1 << 30,
            max_payload: 8 << 20,
            page_cache_bytes: 64 << 20,
            max_blocking: 16,
            flush_interval: Duration::from_millis(500),
            sweep_interval: Duration::from_secs(30),
            max_counters: 100_000,
        }
    }
}

const MEBIBYTE: u64 = 1 << 20;
const MOST_BLOCKING: u16 = 512;
const LEAST_INTERVAL: Duration = Duration::from_millis(10);
const LONGEST_FLUSH: Duration = Duration::from_secs(3_600);
const LONGEST_SWEEP: Duration = Duration::from_secs(86_400);

impl SledConfig {
    /// Says whether every field is in its range.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn check(&self) -> Result<()> {
        let refused = [
            (
                self.path.as_os_str().is_empty(),
                "`path` is not set; accepted: a directory",
            ),
            (
                self.max_bytes < MEBIBYTE,
                "`max_bytes`; accepted: at least 1 MiB",
            ),
            (
                self.max_payload == 0,
                "`max_payload` is 0; accepted: at least 1",
            ),
            (
                self.page_cache_bytes < MEBIBYTE,
                "`page_cache_bytes`; accepted: at least 1 MiB",
            ),
            (
                !(1..=MOST_BLOCKING).contains(&self.max_blocking),
                "`max_blocking`; accepted: 1 to 512",
            ),
            (
                !(LEAST_INTERVAL..=LONGEST_FLUSH).contains(&self.flush_interval),
                "`flush_interval`; accepted: \"10ms\" to \"1h\"",
            ),
            (
                !(LEAST_INTERVAL..=LONGEST_SWEEP).contains(&self.sweep_interval),
                "`sweep_interval`; accepted: \"10ms\" to \"1day\"",
            ),
            (
                self.max_counters == 0,
                "`max_counters` is 0; accepted: at least 1",
            ),
        ];
        match refused.iter().find(|(is_refused, _)| *is_refused) {
            Some((_, message)) => Err(error::invalid(*message)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cache_core::ErrorKind;

    use super::*;

    fn read(text: &str) -> Result<SledConfig, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn refusal(change: impl FnOnce(&mut SledConfig)) -> String {
        let mut config = SledConfig {
            path: "x".into(),
            ..SledConfig::default()
        };
        config.check().unwrap();
        change(&mut config);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        error.to_string()
    }

    #[test]
    fn nothing_said_means_the_defaults_of_the_docs() {
        let config = read("{}").unwrap();
        assert_eq!(config, SledConfig::default());
        assert_eq!(config.reads, Reads::Auto);
        assert_eq!(config.max_bytes, 1_073_741_824);
        assert_eq!(config.max_payload, 8_388_608);
        assert_eq!(config.page_cache_bytes, 67_108_864);
        assert_eq!(config.max_blocking, 16);
        assert_eq!(config.flush_interval, Duration::from_millis(500));
        assert_eq!(config.sweep_interval, Duration::from_secs(30));
        assert_eq!(config.max_counters, 100_000);
        assert!(config.check().unwrap_err().to_string().contains("`path`"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = SledConfig {
            path: "/a b".into(),
            reads: Reads::Inline,
            sweep_interval: Duration::from_millis(1_500),
            ..SledConfig::default()
        };
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains("\"inline\""));
        assert_eq!(read(&text).unwrap(), config);
    }

    #[test]
    fn a_misspelt_field_or_mode_is_named() {
        assert!(read("{\"pth\": \"x\"}").unwrap_err().contains("pth"));
        assert!(read("{\"reads\": \"sync\"}").unwrap_err().contains("auto"));
    }

    #[test]
    fn refusals_name_the_field() {
        assert!(refusal(|config| config.path.clear()).contains("path"));
        assert!(refusal(|config| config.max_bytes = MEBIBYTE - 1).contains("max_bytes"));
        assert!(refusal(|config| config.max_payload = 0).contains("max_payload"));
        assert!(refusal(|config| config.page_cache_bytes = 0).contains("page_cache_bytes"));
        assert!(refusal(|config| config.max_counters = 0).contains("max_counters"));
        for out in [0, 513] {
            assert!(refusal(|config| config.max_blocking = out).contains("max_blocking"));
        }
        for out in [Duration::from_millis(9), Duration::from_secs(86_401)] {
            assert!(refusal(|config| config.flush_interval = out).contains("flush_interval"));
            assert!(refusal(|config| config.sweep_interval = out).contains("sweep_interval"));
        }
    }
}
