//! `/v5/corporations/{id}/`: 0.5 to 4 KB.

use serde_json::json;

use super::{Fields, describe, empire, fields as object, player, put};
use crate::Kind;
use crate::standin::kin::Kin;
use crate::standin::seed::Seed;
use crate::standin::{ids, text};

pub(super) fn fields(id: i32, kin: &Kin) -> Fields {
    let mut seed = Seed::of(Kind::Corporation, id);
    let mut fields = if ids::is_npc(id) {
        of_the_game(&mut seed)
    } else {
        of_players(&mut seed)
    };
    put(&mut fields, "alliance_id", kin.of_corporation(id));
    let target = seed.length(540, 4_000);
    describe(&mut fields, &mut seed, target);
    fields
}

fn of_the_game(seed: &mut Seed) -> Fields {
    let ceo = seed.between(3_000_000, 3_999_999);
    object(json!({
        "ceo_id": ceo,
        "creator_id": 1,
        "faction_id": empire(seed),
        "home_station_id": seed.between(60_000_000, 60_015_000),
        "member_count": seed.between(0, 10_000),
        "name": text::name(seed, 2),
        "shares": seed.between(1_000, 100_000_000),
        "tax_rate": 0,
        "ticker": text::ticker(seed),
    }))
}

fn of_players(seed: &mut Seed) -> Fields {
    let ceo = player(seed);
    object(json!({
        "ceo_id": ceo,
        "creator_id": if seed.once_in(2) { ceo } else { player(seed) },
        "date_founded": text::instant(seed),
        "home_station_id": seed.between(60_000_000, 60_015_000),
        "member_count": seed.between(1, 6_000),
        "name": text::name(seed, 3),
        "shares": 1_000_i64 * i64::from(seed.between(1, 5_000_000)),
        "tax_rate": seed.hundredths(0, 100),
        "ticker": text::ticker(seed),
        "url": format!("https://{}.example", text::name(seed, 1).to_lowercase()),
        "war_eligible": seed.once_in(3),
    }))
}
