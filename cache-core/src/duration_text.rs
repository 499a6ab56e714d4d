//! Durations in configuration data, as people write them: `"10s"`, `"500ms"`, `"5m"`.
//!
//! # Example
//! ```
//! use std::time::Duration;
//! #[derive(serde::Deserialize)]
//! struct Config {
//!     #[serde(with = "cache_core::duration_text")]
//!     deadline: Duration,
//! }
//! let config: Config = serde::Deserialize::deserialize(serde::de::value::MapDeserializer::new(
//!     [("deadline", "250ms")].into_iter(),
//! )).map_err(|error: serde::de::value::Error| error)?;
//! assert_eq!(config.deadline, Duration::from_millis(250));
//! # Ok::<(), serde::de::value::Error>(())
//! ```

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Writes a duration as text.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_duration(*value))
}

/// Reads a duration from text.
///
/// # Errors
/// If the text is none; the error says what is accepted.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    humantime::parse_duration(&text).map_err(de::Error::custom)
}
