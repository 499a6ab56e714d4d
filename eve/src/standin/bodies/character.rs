//! `/v5/characters/{id}/`: usually 0.25 to 1 KB, one in sixteen with a long description.

use serde_json::json;

use super::{Fields, describe, fields as object, npc_corporation, put};
use crate::Kind;
use crate::standin::kin::Kin;
use crate::standin::seed::Seed;
use crate::standin::text;

pub(super) fn fields(id: i32, kin: &Kin) -> Fields {
    let mut seed = Seed::of(Kind::Character, id);
    let alone = (npc_corporation(&mut seed), None);
    let (corporation, alliance) = kin.of_character(id).unwrap_or(alone);
    let mut fields = object(json!({
        "birthday": text::instant(&mut seed),
        "bloodline_id": seed.between(1, 14),
        "corporation_id": corporation,
        "gender": seed.pick(&["male", "female"]),
        "name": text::name(&mut seed, 2),
        "race_id": seed.pick(&[1, 2, 4, 8]),
        "security_status": seed.hundredths(-1_000, 500),
    }));
    put(&mut fields, "alliance_id", alliance);
    let title = seed.once_in(5).then(|| text::name(&mut seed, 1));
    put(&mut fields, "title", title);
    let target = if seed.once_in(16) {
        seed.length(1_500, 5_000)
    } else {
        seed.length(270, 1_000)
    };
    describe(&mut fields, &mut seed, target);
    fields
}
