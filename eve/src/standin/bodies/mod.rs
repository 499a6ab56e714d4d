//! The bodies, each from ESI's published schema. Sizes are those seen in the wild; the tests hold them to it.

mod alliance;
mod character;
mod corporation;
mod killmail;
mod system;
#[cfg(test)]
mod tests;
mod universe_type;

use serde_json::{Map, Value};

use super::kills::Kills;
use super::kin::Kin;
use super::seed::Seed;
use super::{ids, text};
use crate::Kind;

/// The fields of a body.
type Fields = Map<String, Value>;

/// Builds the body of an entity; `None` if there is no such entity.
pub(super) fn build(kind: Kind, id: i32, kin: &Kin, kills: &Kills) -> Option<Vec<u8>> {
    if !ids::in_range(kind, id) {
        return None;
    }
    let fields = match kind {
        Kind::Character => character::fields(id, kin),
        Kind::Corporation => corporation::fields(id, kin),
        Kind::Alliance => alliance::fields(id),
        Kind::System => system::fields(id)?,
        Kind::Type => universe_type::fields(id),
        Kind::Killmail => killmail::fields(id, kills)?,
    };
    serde_json::to_vec(&fields).ok()
}

/// Takes the fields of a JSON object.
fn fields(object: Value) -> Fields {
    match object {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// Adds a field, if it has a value.
fn put(fields: &mut Fields, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Returns the length of the body so far.
fn length(fields: &Fields) -> usize {
    serde_json::to_string(fields).map_or(0, |text| text.len())
}

/// Adds a description that brings the body to about `target` bytes; none if the body is that long already.
fn describe(fields: &mut Fields, seed: &mut Seed, target: usize) {
    let around = r#","description":"""#.len();
    let room = target.saturating_sub(length(fields) + around);
    if room > 0 {
        put(fields, "description", Some(text::prose(seed, room)));
    }
}

/// One of the game's own corporations.
fn npc_corporation(seed: &mut Seed) -> i32 {
    seed.between(1_000_002, 1_000_182)
}

/// A player's character.
fn player(seed: &mut Seed) -> i32 {
    seed.between(2_112_000_000, 2_119_999_999)
}

/// One of the four empires.
fn empire(seed: &mut Seed) -> i32 {
    seed.between(500_001, 500_004)
}
