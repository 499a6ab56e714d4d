//! An alliance.

use cache_facade::Cacheable;
use serde::{Deserialize, Serialize};

use crate::Id;

/// An alliance of corporations, as `/alliances/{id}/` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "alliance", ttl = "24h")]
pub struct Alliance {
    /// The corporation that founded it.
    pub creator_corporation_id: Id,
    /// The character who founded it.
    pub creator_id: Id,
    /// When it was founded, RFC 3339.
    pub date_founded: String,
    /// The corporation that leads it; absent once it is closed.
    #[serde(default)]
    pub executor_corporation_id: Option<Id>,
    /// The faction it fights for in faction warfare.
    #[serde(default)]
    pub faction_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub ticker: String,
}
