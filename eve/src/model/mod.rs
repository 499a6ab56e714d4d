//! The bodies that ESI answers with, field by field.
//!
//! Bodies of characters, corporations and alliances do not contain their own id: whoever keeps one keeps the id beside
//! it. Optional fields are always written (as `null` in JSON), because a binary codec cannot leave a field out. Dates
//! stay the text that ESI sent; the one that is computed with, [`Killmail::killmail_time`], has [`Killmail::millis`].

mod alliance;
mod character;
mod corporation;
mod killmail;
mod place;
mod time;
mod universe_type;

pub use alliance::Alliance;
pub use character::{Character, Gender};
pub use corporation::Corporation;
pub use killmail::{Attacker, Item, Killmail, Victim};
pub use place::{Planet, Position, SolarSystem};
pub use time::{BadTime, unix_millis};
pub use universe_type::{DogmaAttribute, DogmaEffect, UniverseType};
