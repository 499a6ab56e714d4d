//! What a type says about itself to be cached: domain, times to live, weight. Configuration may overrule the times.

use std::time::Duration;

use cache_core::{Schema, Ttl};

use crate::weight::Weight;

/// A type that has a domain of its own. Usually derived.
///
/// # Example
/// ```
/// use cache_facade::Cacheable;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Cacheable, Serialize, Deserialize)]
/// #[cacheable(domain = "corporation", ttl = "24h", negative_ttl = "1m")]
/// struct Corporation {
///     name: String,
///     member_count: u32,
/// }
///
/// assert_eq!(Corporation::DOMAIN, "corporation");
/// assert_eq!(Corporation::TTL, cache_facade::Ttl::After(std::time::Duration::from_secs(86_400)));
/// ```
pub trait Cacheable: Schema + Send + Sync + 'static {
    /// The name of the domain, `[a-z][a-z0-9_]*`.
    const DOMAIN: &'static str;

    /// How long a value is fresh. [`Ttl::Default`] stands for the cache's `default_ttl`; [`Ttl::Never`] is the
    /// cache's `max_ttl` (30 days by default) on a store that others write to too, but for what is `UNVERSIONED`.
    const TTL: Ttl = Ttl::Default;

    /// How long "known to be absent" is kept; `None` stands for the cache's `negative_ttl` (60 s by default).
    const NEGATIVE_TTL: Option<Duration> = None;

    /// Whether entries cross releases: the epoch of their addresses is then always 0.
    const UNVERSIONED: bool = false;

    /// Weighs a value: its own size and its heap.
    fn weight(&self) -> Weight;
}
