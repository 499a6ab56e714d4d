//! A pilot.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

use crate::Id;

/// A pilot, as `/characters/{id}/` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "character", ttl = "24h")]
pub struct Character {
    /// The alliance of the pilot's corporation.
    #[serde(default)]
    pub alliance_id: Option<Id>,
    /// When the pilot was created, RFC 3339.
    pub birthday: String,
    /// The bloodline within the race.
    pub bloodline_id: Id,
    /// The corporation the pilot belongs to now.
    pub corporation_id: Id,
    /// What the pilot wrote about themselves, with the game's own markup.
    #[serde(default)]
    pub description: Option<String>,
    /// The faction the pilot fights for in faction warfare.
    #[serde(default)]
    pub faction_id: Option<Id>,
    /// The pilot's gender.
    pub gender: Gender,
    /// The pilot's name.
    pub name: String,
    /// The pilot's race.
    pub race_id: Id,
    /// Standing with CONCORD, -10 to 5 or a little more.
    #[serde(default)]
    pub security_status: Option<f32>,
    /// The pilot's titles within the corporation.
    #[serde(default)]
    pub title: Option<String>,
}

/// The two genders that ESI knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// `male`
    Male,
    /// `female`
    Female,
}
