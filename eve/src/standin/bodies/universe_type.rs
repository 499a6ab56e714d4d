//! `/v3/universe/types/{id}/`: 0.5 to 10 KB, mostly attributes of the rule engine ("dogma").

use serde_json::{Value, json};

use super::{Fields, describe, fields as object, length, put};
use crate::Kind;
use crate::standin::seed::Seed;
use crate::standin::text;

pub(super) fn fields(id: i32) -> Fields {
    let mut seed = Seed::of(Kind::Type, id);
    let mut fields = stem(id, &mut seed);
    let traded = seed.once_in(2).then(|| seed.between(4, 2_900));
    put(&mut fields, "market_group_id", traded);
    put(&mut fields, "dogma_effects", Some(effects(&mut seed)));
    let target = seed.length(780, 9_900);
    let (before, description) = (length(&fields), seed.length(80, 2_000));
    describe(&mut fields, &mut seed, (before + description).min(target));
    // The schema has no type without a description.
    fields.entry("description").or_insert_with(|| "".into());
    let room = target.saturating_sub(length(&fields));
    let attributes = attributes(&mut seed, room);
    if !attributes.is_empty() {
        put(&mut fields, "dogma_attributes", Some(attributes));
    }
    fields
}

/// What every type has, and the numbers that nearly every type has.
fn stem(id: i32, seed: &mut Seed) -> Fields {
    object(json!({
        "capacity": seed.hundredths(0, 2_000_000),
        "graphic_id": seed.between(1, 25_000),
        "group_id": seed.between(1, 4_000),
        "icon_id": seed.between(1, 25_000),
        "mass": f64::from(seed.between(1, 2_000_000)) * 1e3,
        "name": text::name(seed, 2),
        "packaged_volume": seed.hundredths(1, 5_000_000),
        "portion_size": 1,
        "published": !seed.once_in(10),
        "radius": seed.between(1, 5_000),
        "type_id": id,
        "volume": seed.hundredths(1, 50_000_000),
    }))
}

fn effects(seed: &mut Seed) -> Vec<Value> {
    let mut effect = seed.between(10, 100);
    (0..seed.between(1, 5))
        .map(|at| {
            effect += seed.between(1, 1_000);
            json!({ "effect_id": effect, "is_default": at == 0 })
        })
        .collect()
}

/// Attributes, each another one, that take at most `room` bytes.
fn attributes(seed: &mut Seed, room: usize) -> Vec<Value> {
    let mut room = room.saturating_sub(r#","dogma_attributes":[]"#.len());
    let mut attribute = 1;
    let mut attributes = Vec::new();
    loop {
        attribute += seed.between(1, 12);
        let next = json!({ "attribute_id": attribute, "value": seed.hundredths(-100, 1_000_000) });
        let taken = next.to_string().len() + 1;
        if taken > room {
            return attributes;
        }
        room -= taken;
        attributes.push(next);
    }
}
