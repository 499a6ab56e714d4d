//! A killmail.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

use super::{BadTime, Position, unix_millis};
use crate::Id;

/// A kill, as `/killmails/{id}/{hash}/` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "killmail", ttl = "1h")]
pub struct Killmail {
    /// Its own id.
    pub killmail_id: Id,
    /// When the ship was lost, RFC 3339.
    pub killmail_time: String,
    /// Where it was lost.
    pub solar_system_id: Id,
    /// The moon near which it was lost.
    #[serde(default)]
    pub moon_id: Option<Id>,
    /// The war it was lost in.
    #[serde(default)]
    pub war_id: Option<Id>,
    /// Who lost it.
    pub victim: Victim,
    /// Everybody who took part, players or not.
    pub attackers: Vec<Attacker>,
}

impl Killmail {
    /// Reads [`Self::killmail_time`] as milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// [`BadTime`] if the text is no UTC instant of RFC 3339.
    pub fn millis(&self) -> Result<u64, BadTime> {
        unix_millis(&self.killmail_time)
    }
}

/// The losing side of a kill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Victim {
    /// The pilot; absent for structures.
    #[serde(default)]
    pub character_id: Option<Id>,
    /// The pilot's corporation.
    #[serde(default)]
    pub corporation_id: Option<Id>,
    /// The corporation's alliance.
    #[serde(default)]
    pub alliance_id: Option<Id>,
    /// The faction fought for.
    #[serde(default)]
    pub faction_id: Option<Id>,
    /// What was lost.
    pub ship_type_id: Id,
    /// The damage taken until it was lost.
    pub damage_taken: i32,
    /// Where within the system.
    #[serde(default)]
    pub position: Option<Position>,
    /// What it was fitted with and carried.
    #[serde(default)]
    pub items: Vec<Item>,
}

/// Something the lost ship was fitted with or carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Item {
    /// What it is.
    pub item_type_id: Id,
    /// The slot or hold it was in.
    pub flag: i32,
    /// 1 if it was one assembled thing, 2 for a copy of a blueprint, else 0.
    pub singleton: i32,
    /// How many are left in the wreck.
    #[serde(default)]
    pub quantity_dropped: Option<i64>,
    /// How many went down with the ship.
    #[serde(default)]
    pub quantity_destroyed: Option<i64>,
    /// What it contained, if it is a container.
    #[serde(default)]
    #[cacheable(recursive)]
    pub items: Vec<Self>,
}

/// One of those who took part in a kill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Attacker {
    /// The pilot; absent for those whom the game itself flies.
    #[serde(default)]
    pub character_id: Option<Id>,
    /// The attacker's corporation.
    #[serde(default)]
    pub corporation_id: Option<Id>,
    /// The corporation's alliance.
    #[serde(default)]
    pub alliance_id: Option<Id>,
    /// The faction fought for.
    #[serde(default)]
    pub faction_id: Option<Id>,
    /// The ship flown.
    #[serde(default)]
    pub ship_type_id: Option<Id>,
    /// The weapon used.
    #[serde(default)]
    pub weapon_type_id: Option<Id>,
    /// The damage this attacker did.
    pub damage_done: i32,
    /// Whether this attacker struck the last blow.
    pub final_blow: bool,
    /// The attacker's standing with CONCORD.
    pub security_status: f32,
}
