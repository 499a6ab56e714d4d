//! `/v4/universe/systems/{id}/`: 0.3 to 3 KB, mostly planets and moons.

use serde_json::{Value, json};

use super::{Fields, fields as object, length, put};
use crate::Kind;
use crate::standin::seed::Seed;
use crate::standin::systems::{self, Row};

/// Systems beyond this are wormholes and the like, which have neither gates nor stations.
const LAST_WITH_GATES: i32 = 30_999_999;

pub(super) fn fields(id: i32) -> Option<Fields> {
    let row = systems::find(id)?;
    let mut seed = Seed::of(Kind::System, id);
    let mut fields = stem(id, row, &mut seed);
    if id <= LAST_WITH_GATES {
        let gates = run(&mut seed, 50_000_000, 7);
        put(&mut fields, "stargates", Some(gates));
        let stations = seed.once_in(3).then(|| run(&mut seed, 60_000_000, 12));
        put(&mut fields, "stations", stations);
    }
    let target = seed.length(300, 2_900);
    let planets = planets(&mut seed, target.saturating_sub(length(&fields)));
    put(&mut fields, "planets", Some(planets));
    Some(fields)
}

/// What every system has.
fn stem(id: i32, row: &Row, seed: &mut Seed) -> Fields {
    let mut fields = object(json!({
        "constellation_id": row.constellation,
        "name": row.name,
        "position": { "x": far(seed), "y": far(seed), "z": far(seed) },
        "security_status": row.security,
        "star_id": seed.between(40_000_000, 40_400_000),
        "system_id": id,
    }));
    let class = Some(row.class).filter(|class| !class.is_empty());
    put(&mut fields, "security_class", class);
    fields
}

/// A coordinate in metres; the universe is about 10^18 wide.
fn far(seed: &mut Seed) -> f64 {
    f64::from(seed.between(-1_000_000_000, 1_000_000_000)) * 5e8
}

/// Up to `most` ids in a row, at least one.
fn run(seed: &mut Seed, first: i32, most: i32) -> Vec<i32> {
    let first = seed.between(first, first + 400_000);
    (first..=first + seed.between(0, most - 1)).collect()
}

/// One planet, and more until they take about `room` bytes.
fn planets(seed: &mut Seed, room: usize) -> Vec<Value> {
    let mut next = seed.between(40_000_000, 40_400_000);
    let mut planets = Vec::new();
    let mut taken = 0;
    while taken < room || planets.is_empty() {
        let planet = planet(seed, &mut next);
        taken += planet.to_string().len();
        planets.push(planet);
    }
    planets
}

/// A planet with up to nine moons and two asteroid belts; the lists are left out where they would be empty.
fn planet(seed: &mut Seed, next: &mut i32) -> Value {
    let mut take = |number: i32| -> Vec<i32> {
        let first = *next;
        *next += number;
        (first..*next).collect()
    };
    let mut fields = object(json!({ "planet_id": take(1).first() }));
    let moons = Some(take(seed.between(0, 9))).filter(|moons| !moons.is_empty());
    put(&mut fields, "moons", moons);
    let belts = Some(take(seed.between(0, 2))).filter(|belts| !belts.is_empty());
    put(&mut fields, "asteroid_belts", belts);
    Value::Object(fields)
}
