//! The value that every contender keeps: small, with one text of its own, as a record of an API is.

use cache_facade::Cacheable;
use serde::{Deserialize, Serialize};

/// A record of about 60 bytes when it is encoded.
#[derive(Cacheable, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "pilot", ttl = "1h")]
pub(crate) struct Pilot {
    /// The id it stands under: a look-up is right if it finds this.
    pub(crate) number: u64,
    corporation: u32,
    alliance: Option<u32>,
    security: f64,
    name: String,
}

impl Pilot {
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            corporation: 98_000_001,
            alliance: Some(99_000_006),
            security: -1.5,
            name: format!("Pilot of Caldari Prime {number}"),
        }
    }
}
