//! A solar system and what is in it.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

use crate::Id;

/// A solar system, as `/universe/systems/{id}/` describes it. Its region is not part of the answer: it hangs off the
/// constellation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "system", ttl = "1h")]
pub struct SolarSystem {
    /// The constellation it lies in.
    pub constellation_id: Id,
    /// Its name.
    pub name: String,
    /// Its planets, from the star outwards.
    #[serde(default)]
    pub planets: Vec<Planet>,
    /// Where it lies in the universe.
    pub position: Position,
    /// A letter and a digit that say which ores grow here.
    #[serde(default)]
    pub security_class: Option<String>,
    /// From 1 (policed) through 0 and below (lawless).
    pub security_status: f32,
    /// Its star.
    #[serde(default)]
    pub star_id: Option<Id>,
    /// The gates to its neighbours.
    #[serde(default)]
    pub stargates: Option<Vec<Id>>,
    /// Its stations.
    #[serde(default)]
    pub stations: Option<Vec<Id>>,
    /// Its own id.
    pub system_id: Id,
}

/// A planet with what orbits it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Planet {
    /// The planet.
    pub planet_id: Id,
    /// Its moons.
    #[serde(default)]
    pub moons: Vec<Id>,
    /// Its asteroid belts.
    #[serde(default)]
    pub asteroid_belts: Vec<Id>,
}

/// A place in metres, within a solar system or within the universe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Position {
    /// First coordinate.
    pub x: f64,
    /// Second coordinate.
    pub y: f64,
    /// Third coordinate.
    pub z: f64,
}
