//! Both sides do the same work, and who does not is found out. On the stores that need no server.

use std::collections::HashMap;

use cache_facade::config::CacheConfig;
use eve::Kind;
use eve::killmail::Entity;

use super::facade::Facade;
use super::service::{Counts, Service, Tally};
use super::upstream::Upstream;
use super::*;
use crate::random::Random;

/// Replays twice on both sides; what they find is compared within. Returns what the second round found.
fn agreed(place: &impl Place, day: Day, world: World) -> Tally {
    let runtime = pairs::runtime().unwrap();
    let replay = Replay {
        runtime: &runtime,
        day: Arc::new(day),
        world: &Arc::new(world),
    };
    let mut random = Random::new(3);
    let first = replay.round(place, &mut random).unwrap();
    let second = replay.round(place, &mut random).unwrap();
    assert_eq!(first.facade.found, first.by_hand.found);
    assert_eq!(first.facade.found, second.facade.found);
    second.by_hand.found
}

/// A slice of the day: nothing expires and nothing is evicted, so each entity is loaded once.
fn loads_each_entity_once(place: &impl Place) {
    let day = Day::read(12).unwrap();
    let world = pairs::runtime().unwrap().block_on(world_of(&day)).unwrap();
    let look_ups = day.look_ups.len() as u64;
    let distinct = |kind| day.ids(kind).len() as u64;
    let expected: Vec<(Kind, u64)> = kinds::KINDS.map(|kind| (kind, distinct(kind))).into();
    let found = agreed(place, day, world);
    let misses = found.iter().map(|(kind, counts)| (*kind, counts.misses));
    assert_eq!(misses.collect::<Vec<_>>(), expected);
    let all = found.values().map(|counts| counts.hits + counts.misses);
    assert_eq!(all.sum::<u64>(), look_ups);
    assert!(found[&Kind::Type].hits > 0);
}

/// What does not exist is asked for once as well.
fn keeps_what_is_absent(place: &impl Place) {
    let day = Day {
        kills: 1,
        look_ups: vec![Entity::Type(587); 5],
        affiliations: Vec::new(),
    };
    let counts = Counts { hits: 4, misses: 1 };
    let expected = Tally::from([(Kind::Type, counts)]);
    assert_eq!(agreed(place, day, nothing()), expected);
}

fn nothing() -> World {
    World {
        characters: HashMap::new(),
        corporations: HashMap::new(),
        alliances: HashMap::new(),
        systems: HashMap::new(),
        types: HashMap::new(),
    }
}

#[test]
fn both_sides_find_the_same_on_moka() {
    loads_each_entity_once(&Moka);
}

#[test]
fn both_sides_find_the_same_on_sled() {
    loads_each_entity_once(&Sled);
}

#[test]
fn both_sides_keep_what_is_absent() {
    keeps_what_is_absent(&Moka);
    keeps_what_is_absent(&Sled);
}

#[test]
fn a_facade_that_counted_something_else_is_found_out() {
    let upstream = Upstream::new(&Arc::new(nothing()));
    let wrong = Counts { hits: 1, misses: 0 };
    pairs::runtime().unwrap().block_on(async {
        let config = CacheConfig::from_url("moka:").unwrap();
        let facade = Facade::open(config, &upstream, None).await.unwrap();
        assert!(
            facade
                .find::<eve::model::Alliance>(7)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(upstream.loads_of(Kind::Alliance), 1);
        let found = Tally::from([(Kind::Alliance, wrong)]);
        assert!(facade.end(&found).await.is_err());
    });
}
