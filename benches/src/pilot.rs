//! The value that every contender keeps: a character of the game that the first consumer of this project serves, in the
//! shape of the game's own interface, without the free text.

use cache_facade::Cacheable;
use serde::{Deserialize, Serialize};

/// A record of 66 bytes when bincode encodes it, two texts among them.
#[derive(Cacheable, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "pilot", ttl = "1h")]
pub(crate) struct Pilot {
    /// The id it stands under: a look-up is right if it finds this.
    pub(crate) number: u64,
    name: String,
    birthday: String,
    corporation_id: u32,
    alliance_id: Option<u32>,
    race_id: u8,
    bloodline_id: u8,
    security_status: f64,
}

impl Pilot {
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            name: format!("Pilot {number:012}"),
            birthday: "2015-03-24T11:37:00Z".to_owned(),
            corporation_id: 98_000_001,
            alliance_id: Some(99_000_006),
            race_id: 2,
            bloodline_id: 4,
            security_status: -1.5,
        }
    }
}
