//! What the application kept by hand: six kinds of JSON under keys of its own, each with its time to live.

use eve::Kind;
use serde_json::json;

use crate::place::Place;

/// The rows of the mapping.
pub(crate) const ROWS: &str = "
[[map]]
keys = 'esi:character:{id}'
domain = 'character'

[[map]]
keys = 'esi:corporation:{id}'
domain = 'corporation'

[[map]]
keys = 'esi:alliance:{id}'
domain = 'alliance'

[[map]]
keys = 'map:system:{id}'
domain = 'system'

[[map]]
keys = 'esi:type:{id}'
domain = 'type'

[[map]]
keys = 'esi:killmail:{id}:{hash}'
domain = 'killmail'
";

/// One of the keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planted {
    pub(crate) kind: Kind,
    pub(crate) id: i32,
}

impl Planted {
    pub(crate) fn of(number: usize) -> Self {
        Self {
            kind: Kind::ALL[number % 6],
            id: 90_000_000 + i32::try_from(number).unwrap(),
        }
    }

    pub(crate) fn key(self) -> String {
        let Self { kind, id } = self;
        match kind {
            Kind::System => format!("map:system:{id}"),
            Kind::Killmail => format!("esi:killmail:{id}:{}", self.hash()),
            _ => format!("esi:{kind}:{id}"),
        }
    }

    pub(crate) fn hash(self) -> String {
        format!("{:040x}", u128::from(self.id.unsigned_abs()).pow(3))
    }

    /// The id in the new place.
    pub(crate) fn new_id(self) -> String {
        match self.kind {
            Kind::Killmail => format!("{}:{}", self.id, self.hash()),
            _ => self.id.to_string(),
        }
    }

    /// From an hour to a day; killmails up to a year.
    fn life(self) -> u64 {
        const HOUR: u64 = 3_600_000;
        let spread = u64::from(self.id.unsigned_abs()) * 7_919;
        match self.kind {
            Kind::Killmail => HOUR + spread % (8_760 * HOUR),
            _ => HOUR + spread % (23 * HOUR),
        }
    }

    /// The body as ESI sends it, with what it leaves out and, as the application's own code did, sometimes with the id.
    pub(crate) fn body(self) -> String {
        let id = self.id;
        let mut body = match self.kind {
            Kind::Character => json!({
                "birthday": "2015-03-24T11:37:00Z", "bloodline_id": 3, "corporation_id": 98_000_001,
                "gender": "female", "name": format!("Pilot {id}"), "race_id": 2
            }),
            Kind::Corporation => json!({
                "ceo_id": id, "creator_id": id, "member_count": 3, "name": format!("Corporation {id}"),
                "tax_rate": 0.1, "ticker": "TICK"
            }),
            Kind::Alliance => json!({
                "creator_corporation_id": 98_000_001, "creator_id": id, "date_founded": "2016-06-26T21:00:00Z",
                "name": format!("Alliance {id}"), "ticker": "<A>"
            }),
            Kind::System => json!({
                "constellation_id": 20_000_020, "name": format!("System {id}"), "system_id": id,
                "planets": [{"planet_id": 40_000_001, "moons": [40_000_002]}],
                "position": {"x": -129064861735000000.0, "y": 60755306910000000.0, "z": 117469227060000000.0},
                "security_status": 0.945_913_1
            }),
            Kind::Type => json!({
                "type_id": id, "name": format!("Type {id}"), "description": "Größe <b>ß</b> \u{202e}", "group_id": 25,
                "published": true, "dogma_attributes": [{"attribute_id": 9, "value": 350.0}]
            }),
            Kind::Killmail => json!({
                "killmail_id": id, "killmail_time": "2021-11-29T00:00:01Z", "solar_system_id": 30_000_142,
                "victim": {"ship_type_id": 587, "damage_taken": 400, "items": [
                    {"item_type_id": 34, "flag": 5, "singleton": 0, "quantity_dropped": 7}]},
                "attackers": [{"damage_done": 400, "final_blow": true, "security_status": -1.5}]
            }),
        };
        if id % 3 == 0
            && let Kind::Character | Kind::Corporation | Kind::Alliance = self.kind
        {
            body[format!("{}_id", self.kind)] = json!(id);
            body["faction_id"] = json!(500_001);
        }
        // As some other language's library wrote it.
        if id % 5 == 0 {
            return serde_json::to_string_pretty(&body).unwrap();
        }
        body.to_string()
    }
}

/// Plants so many keys, as many of each kind.
pub(crate) fn plant(place: &Place, count: usize) -> Vec<Planted> {
    let all: Vec<_> = (0..count).map(Planted::of).collect();
    let mut connection = place.raw();
    for some in all.chunks(1_000) {
        let mut pipeline = redis::pipe();
        for one in some {
            pipeline
                .cmd("SET")
                .arg(one.key())
                .arg(one.body())
                .arg("PX")
                .arg(one.life())
                .ignore();
        }
        pipeline.exec(&mut connection).unwrap();
    }
    all
}

/// Reads what the old code reads, and when it ends, in milliseconds since 1970.
pub(crate) fn old(place: &Place, keys: &[Planted]) -> Vec<(Option<String>, i64)> {
    let mut connection = place.raw();
    let mut read = Vec::new();
    for some in keys.chunks(1_000) {
        let mut pipeline = redis::pipe();
        for one in some {
            pipeline.cmd("GET").arg(one.key());
            pipeline.cmd("PEXPIRETIME").arg(one.key());
        }
        let answers: Vec<redis::Value> = pipeline.query(&mut connection).unwrap();
        for answer in answers.chunks(2) {
            read.push((
                redis::from_redis_value(answer[0].clone()).unwrap(),
                redis::from_redis_value(answer[1].clone()).unwrap(),
            ));
        }
    }
    read
}
