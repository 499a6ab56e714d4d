//! Files of killmails, and the look-ups that a killmail causes.
//!
//! A file holds one killmail a line in the shape that ESI answers with (the public daily archive leaves out items and
//! positions). Fetching single killmails is the business of [`esi`](crate::esi).

mod affiliation;
mod entity;
mod error;
mod reader;

pub use affiliation::{Affiliation, affiliations};
pub use entity::{Entity, entities};
pub use error::{LineError, OpenError};
pub use reader::{Killmails, MAX_LINE, SAMPLE_DAY};

/// A line of a killmail file: ESI's own shape.
pub type KillmailRecord = crate::model::Killmail;
