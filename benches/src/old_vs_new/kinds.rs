//! The kinds of entity that kills mention, each with the type of its values.

use std::time::Duration;

use cache_core::MAX_TTL;
use cache_facade::{Cacheable, Domain, Ttl};
use eve::cache::EveCache;
use eve::esi::{EsiClient, Lookup};
use eve::model::{Alliance, Character, Corporation, SolarSystem, UniverseType};
use eve::{Id, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kinds, in the order of reports.
pub(super) const KINDS: [Kind; 5] = [
    Kind::Character,
    Kind::Corporation,
    Kind::Alliance,
    Kind::System,
    Kind::Type,
];

/// What is known of an entity: the value of a look-up.
pub(super) trait Body: Cacheable + Clone + Serialize + DeserializeOwned {
    const KIND: Kind;

    /// Picks what belongs to this kind.
    fn of<S: Shelves>(all: &ByKind<S>) -> &S::Of<Self>;

    /// Picks this kind's domain of the cache.
    fn domain(eve: &EveCache) -> &Domain<Self>;

    /// Asks the upstream that the bodies are taken from.
    fn ask(esi: &EsiClient, id: Id) -> Lookup<Self>;
}

/// How long a value of a kind lives, as its type says for every cache. None of the kinds lives for ever or leaves it to a
/// default.
pub(super) const fn ttl<T: Body>() -> Duration {
    match T::TTL {
        Ttl::After(ttl) => ttl,
        Ttl::Default | Ttl::Never => MAX_TTL,
    }
}

/// Something of which each kind has its own.
pub(super) trait Shelves {
    type Of<T: Body>;
}

/// One for each kind.
pub(super) struct ByKind<S: Shelves> {
    pub(super) characters: S::Of<Character>,
    pub(super) corporations: S::Of<Corporation>,
    pub(super) alliances: S::Of<Alliance>,
    pub(super) systems: S::Of<SolarSystem>,
    pub(super) types: S::Of<UniverseType>,
}

/// The same four lines for each kind: written once, so that none picks another's.
macro_rules! bodies {
    ($($field:ident $type:ty: $kind:ident $ask:ident;)*) => {$(
        impl Body for $type {
            const KIND: Kind = Kind::$kind;

            fn of<S: Shelves>(all: &ByKind<S>) -> &S::Of<Self> {
                &all.$field
            }

            fn domain(eve: &EveCache) -> &Domain<Self> {
                eve.$field()
            }

            fn ask(esi: &EsiClient, id: Id) -> Lookup<Self> {
                esi.$ask(id)
            }
        }
    )*};
}

bodies! {
    characters Character: Character get_character;
    corporations Corporation: Corporation get_corporation;
    alliances Alliance: Alliance get_alliance;
    systems SolarSystem: System get_system;
    types UniverseType: Type get_type;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_live_as_long_as_the_plan_says() {
        let (hour, day) = (Duration::from_secs(3_600), Duration::from_secs(86_400));
        assert_eq!(ttl::<Character>(), day);
        assert_eq!(ttl::<Corporation>(), day);
        assert_eq!(ttl::<Alliance>(), day);
        assert_eq!(ttl::<SolarSystem>(), hour);
        assert_eq!(ttl::<UniverseType>(), day);
    }
}
