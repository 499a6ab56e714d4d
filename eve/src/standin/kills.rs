//! The kills that the stand-in was told of.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::seed::Seed;
use crate::Kind;

/// Known kills, each kept as compact JSON: a day of them takes about 10 MB this way, a tenth of the parsed form.
#[derive(Clone, Debug, Default)]
pub(super) struct Kills {
    by_id: HashMap<i32, Box<str>>,
    nameless: bool,
}

impl Kills {
    pub(super) fn extend(&mut self, kills: impl IntoIterator<Item = Value>) {
        for kill in kills {
            match killmail_id(&kill) {
                Some(id) => {
                    let text = without_gaps(kill).to_string();
                    self.by_id.insert(id, text.into_boxed_str());
                }
                None => self.nameless = true,
            }
        }
    }

    /// Whether one had no id.
    pub(super) fn has_nameless(&self) -> bool {
        self.nameless
    }

    pub(super) fn contains(&self, id: i32) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn get(&self, id: i32) -> Option<Map<String, Value>> {
        serde_json::from_str(self.by_id.get(&id)?).ok()
    }
}

/// Returns the hash under which the stand-in knows a killmail: 40 hexadecimal digits that follow from the id. (ESI's
/// own is a SHA-1 over parts of the kill, which cannot be recomputed from its public form.)
#[must_use]
pub fn killmail_hash(id: i32) -> String {
    let mut seed = Seed::of(Kind::Killmail, id);
    let text = format!(
        "{:016x}{:016x}{:016x}",
        seed.next(),
        seed.next(),
        seed.next()
    );
    text.chars().take(40).collect()
}

fn killmail_id(kill: &Value) -> Option<i32> {
    let id = kill.get("killmail_id")?.as_i64()?;
    i32::try_from(id).ok().filter(|id| *id > 0)
}

/// Leaves out what ESI would leave out: fields without a value and empty lists of items, at every depth.
fn without_gaps(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, value)| !is_gap(name, value))
            .map(|(name, value)| (name, without_gaps(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_gaps).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn is_gap(name: &str, value: &Value) -> bool {
    value.is_null() || (name == "items" && value.as_array().is_some_and(Vec::is_empty))
}
