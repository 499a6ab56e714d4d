//! `/v4/alliances/{id}/`: about 0.2 KB, there being no description.

use serde_json::json;

use super::{Fields, empire, fields as object, player, put};
use crate::Kind;
use crate::standin::seed::Seed;
use crate::standin::text;

pub(super) fn fields(id: i32) -> Fields {
    let mut seed = Seed::of(Kind::Alliance, id);
    let founder = seed.between(98_000_000, 98_700_000);
    let mut fields = object(json!({
        "creator_corporation_id": founder,
        "creator_id": player(&mut seed),
        "date_founded": text::instant(&mut seed),
        "name": text::name(&mut seed, 3),
        "ticker": text::ticker(&mut seed),
    }));
    let closed = seed.once_in(20);
    put(
        &mut fields,
        "executor_corporation_id",
        (!closed).then_some(founder),
    );
    let militia = seed.once_in(20).then(|| empire(&mut seed));
    put(&mut fields, "faction_id", militia);
    fields
}
