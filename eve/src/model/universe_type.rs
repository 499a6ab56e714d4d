//! A type of thing.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

use crate::Id;

/// A type of ship, weapon or item, as `/universe/types/{id}/` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "type", ttl = "24h")]
pub struct UniverseType {
    /// Its own id.
    pub type_id: Id,
    /// Its name.
    pub name: String,
    /// What the game says about it, with markup.
    pub description: String,
    /// The group it belongs to.
    pub group_id: Id,
    /// Whether players can meet it.
    pub published: bool,
    /// What it holds, in cubic metres.
    #[serde(default)]
    pub capacity: Option<f32>,
    /// Its mass in kilograms.
    #[serde(default)]
    pub mass: Option<f32>,
    /// Its volume in cubic metres.
    #[serde(default)]
    pub volume: Option<f32>,
    /// Its volume when packaged, in cubic metres.
    #[serde(default)]
    pub packaged_volume: Option<f32>,
    /// How many make one lot.
    #[serde(default)]
    pub portion_size: Option<i32>,
    /// Its radius in metres.
    #[serde(default)]
    pub radius: Option<f32>,
    /// Where the market lists it; absent if it is not traded.
    #[serde(default)]
    pub market_group_id: Option<Id>,
    /// Its picture in space.
    #[serde(default)]
    pub graphic_id: Option<Id>,
    /// Its icon.
    #[serde(default)]
    pub icon_id: Option<Id>,
    /// Its attributes in the game's rule engine.
    #[serde(default)]
    pub dogma_attributes: Vec<DogmaAttribute>,
    /// Its effects in the game's rule engine.
    #[serde(default)]
    pub dogma_effects: Vec<DogmaEffect>,
}

/// An attribute of a type in the game's rule engine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct DogmaAttribute {
    /// Which attribute.
    pub attribute_id: Id,
    /// Its value.
    pub value: f32,
}

/// An effect of a type in the game's rule engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct DogmaEffect {
    /// Which effect.
    pub effect_id: Id,
    /// Whether it is the type's default effect.
    pub is_default: bool,
}
