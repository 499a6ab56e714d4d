//! A corporation.

use cache_facade::Cacheable;
use serde::{Deserialize, Serialize};

use crate::Id;

/// A corporation, as `/corporations/{id}/` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "corporation", ttl = "24h")]
pub struct Corporation {
    /// The alliance the corporation belongs to now.
    #[serde(default)]
    pub alliance_id: Option<Id>,
    /// The character who leads it.
    pub ceo_id: Id,
    /// The character who founded it.
    pub creator_id: Id,
    /// When it was founded, RFC 3339; absent for most non-player corporations.
    #[serde(default)]
    pub date_founded: Option<String>,
    /// What its leaders wrote about it, with the game's own markup.
    #[serde(default)]
    pub description: Option<String>,
    /// The faction it belongs to.
    #[serde(default)]
    pub faction_id: Option<Id>,
    /// The station it calls home.
    #[serde(default)]
    pub home_station_id: Option<Id>,
    /// How many characters belong to it.
    pub member_count: i32,
    /// Its name.
    pub name: String,
    /// How many shares it has issued.
    #[serde(default)]
    pub shares: Option<i64>,
    /// The share of members' income that it keeps, 0 to 1.
    pub tax_rate: f32,
    /// Its short name.
    pub ticker: String,
    /// Its own web page.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether it can take part in wars.
    #[serde(default)]
    pub war_eligible: Option<bool>,
}
