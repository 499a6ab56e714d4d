//! The independent count: a map of last loads and the TTLs say, before each look-up, what the cache must find.

use std::collections::HashMap;
use std::sync::Arc;

use cache_facade::config::CacheConfig;
use cache_facade::{Cacheable, Clock, Timestamp, Ttl};
use eve::Kind;
use eve::killmail::Entity;
use eve::model::{Alliance, Character, Corporation, SolarSystem, UniverseType};

use super::witness::Outcome;

/// What was loaded last for an entity.
#[derive(Clone, Copy, Debug)]
struct Loaded {
    at: Timestamp,
    exists: bool,
}

/// Predicts outcomes. It shares nothing with the cache but the configured times.
#[derive(Debug)]
pub(crate) struct Predictor {
    clock: Arc<dyn Clock>,
    loads: HashMap<Entity, Loaded>,
    ttls: HashMap<Kind, (Ttl, Ttl)>,
}

impl Predictor {
    pub(crate) fn new(config: &CacheConfig, clock: Arc<dyn Clock>) -> Self {
        let ttls = [
            (Kind::Character, times::<Character>(config)),
            (Kind::Corporation, times::<Corporation>(config)),
            (Kind::Alliance, times::<Alliance>(config)),
            (Kind::System, times::<SolarSystem>(config)),
            (Kind::Type, times::<UniverseType>(config)),
        ];
        Self {
            clock,
            loads: HashMap::new(),
            ttls: ttls.into(),
        }
    }

    /// Says what a look-up at this moment finds.
    pub(crate) fn predict(&self, entity: Entity) -> Outcome {
        let Some(last) = self.loads.get(&entity) else {
            return Outcome::Miss;
        };
        let Some((positive, negative)) = self.ttls.get(&entity.kind()) else {
            return Outcome::Miss;
        };
        let ttl = if last.exists { positive } else { negative };
        let is_fresh = match ttl {
            Ttl::After(ttl) => self.clock.now() < last.at.after(*ttl),
            Ttl::Never | Ttl::Default => true,
        };
        match (is_fresh, last.exists) {
            (true, true) => Outcome::Hit,
            (true, false) => Outcome::Negative,
            (false, _) => Outcome::Miss,
        }
    }

    /// Takes note of a load that ended well.
    pub(crate) fn loaded(&mut self, entity: Entity, exists: bool) {
        self.loads.insert(
            entity,
            Loaded {
                at: self.clock.now(),
                exists,
            },
        );
    }
}

/// The TTLs of a type's values and of its negative entries: configuration before the type's own.
fn times<T: Cacheable>(config: &CacheConfig) -> (Ttl, Ttl) {
    let domain = config.domains.get(T::DOMAIN);
    let ttl = match domain.and_then(|domain| domain.ttl).unwrap_or(T::TTL) {
        Ttl::Default => config.default_ttl,
        ttl => ttl,
    };
    let negative = domain
        .and_then(|domain| domain.negative_ttl)
        .or(T::NEGATIVE_TTL)
        .unwrap_or(config.negative_ttl);
    (ttl, Ttl::After(negative))
}

#[cfg(test)]
mod tests {
    use super::super::clock::RecordedClock;
    use super::*;

    #[test]
    fn a_load_is_a_hit_until_its_ttl_ends() {
        let clock = Arc::new(RecordedClock::default());
        let mut predictor = Predictor::new(
            &CacheConfig::default(),
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        let jita = Entity::System(30_000_142);
        assert_eq!(predictor.predict(jita), Outcome::Miss);
        predictor.loaded(jita, true);
        clock.advance_to(3_599_999);
        assert_eq!(predictor.predict(jita), Outcome::Hit);
        clock.advance_to(3_600_000);
        assert_eq!(predictor.predict(jita), Outcome::Miss);
        predictor.loaded(jita, false);
        clock.advance_to(3_659_999);
        assert_eq!(predictor.predict(jita), Outcome::Negative);
        clock.advance_to(3_660_000);
        assert_eq!(predictor.predict(jita), Outcome::Miss);
    }
}
