//! `/v1/killmails/{id}/{hash}/`: what the stand-in was told, with the position and the items that it was not told.

use serde_json::{Value, json};

use super::{Fields, fields as object, put};
use crate::Kind;
use crate::standin::kills::Kills;
use crate::standin::seed::Seed;

pub(super) fn fields(id: i32, kills: &Kills) -> Option<Fields> {
    let mut fields = kills.get(id)?;
    let mut seed = Seed::of(Kind::Killmail, id);
    if let Some(Value::Object(victim)) = fields.get_mut("victim") {
        if !victim.contains_key("position") {
            put(victim, "position", Some(position(&mut seed)));
        }
        if !victim.contains_key("items") {
            let number = seed.length(5, 60);
            put(victim, "items", Some(items(&mut seed, number)));
        }
    }
    Some(fields)
}

/// A place within a system, in metres.
fn position(seed: &mut Seed) -> Value {
    let mut near = || f64::from(seed.between(-1_000_000_000, 1_000_000_000)) * 1e3 + 0.5;
    json!({ "x": near(), "y": near(), "z": near() })
}

fn items(seed: &mut Seed, number: usize) -> Vec<Value> {
    (0..number).map(|_| with_contents(seed)).collect()
}

/// An item; one in thirty is a container with something in it.
fn with_contents(seed: &mut Seed) -> Value {
    let mut outer = item(seed);
    if seed.once_in(30) {
        let contents: Vec<Value> = (0..seed.between(1, 4))
            .map(|_| Value::Object(item(seed)))
            .collect();
        put(&mut outer, "items", Some(contents));
    }
    Value::Object(outer)
}

fn item(seed: &mut Seed) -> Fields {
    let fate = seed.pick(&["quantity_destroyed", "quantity_dropped"]);
    object(json!({
        "flag": seed.between(5, 184),
        "item_type_id": seed.between(34, 60_000),
        "singleton": i32::from(seed.once_in(50)),
        fate: if seed.once_in(4) { seed.between(2, 5_000) } else { 1 },
    }))
}
