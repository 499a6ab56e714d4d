//! The values of the service's domains, as each release has them, and which release this build is.
//!
//! Every value has a seal over its other fields, in one order for all releases. Read as a type whose fields stand elsewhere, the
//! seal does not fit: a wrong decode is noticed whatever the codec thinks of it.

mod seal;
mod thing;

pub mod first;
pub mod lie;
pub mod major;
pub mod patch;

#[cfg(not(any(feature = "lie", feature = "major", feature = "patch")))]
pub use first as own;
#[cfg(all(feature = "lie", not(feature = "major")))]
pub use lie as own;
#[cfg(feature = "major")]
pub use major as own;
#[cfg(all(feature = "patch", not(any(feature = "lie", feature = "major"))))]
pub use patch as own;

pub use seal::Seal;
pub use thing::Thing;

use cache_facade::Cacheable;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value of a domain.
pub trait Value: Cacheable + Serialize + DeserializeOwned {
    /// Makes the value of an id: how new it is, and the release that makes it.
    fn make(id: u64, edition: u64, made_by: &str) -> Self;

    /// Returns the id that the value says it is of.
    fn id(&self) -> u64;

    /// Returns the seal; `None` if it does not fit the other fields.
    fn seal(&self) -> Option<&Seal>;
}

/// A number that is different for each id and each field.
const fn derived(id: u64, field: u64) -> u64 {
    id.wrapping_mul(31).wrapping_add(field)
}

#[cfg(test)]
mod tests {
    use cache_facade::{CodecKind, Schema};

    use super::*;

    fn fits<T: Value>() {
        let value = T::make(7, 3, "1.4.0");
        let seal = value.seal().unwrap();
        let told = (value.id(), seal.edition(), seal.made_by());
        assert_eq!(told, (7, 3, "1.4.0"));
    }

    #[test]
    fn every_value_fits_its_own_seal() {
        fits::<first::Character>();
        fits::<first::Group>();
        fits::<patch::Character>();
        fits::<major::Character>();
        fits::<major::Group>();
        fits::<lie::Character>();
        fits::<Thing>();
    }

    /// Writes a value as one release has it, and reads it as another has it.
    fn misread<A: Value, B: Value>() -> B {
        let codec = CodecKind::Bincode;
        let bytes = codec.encode(&A::make(7, 3, "1.4.0")).unwrap();
        codec.decode(&bytes).unwrap()
    }

    #[test]
    fn a_seal_does_not_fit_fields_that_have_changed_places() {
        let lied: lie::Character = misread::<first::Character, _>();
        assert!(lied.seal().is_none());
        let major: major::Group = misread::<first::Group, _>();
        assert!(major.seal().is_none());
    }

    #[test]
    fn a_migration_keeps_who_made_it_and_what_was_wrong() {
        let before = first::Character::make(7, 3, "1.4.0");
        let after = patch::Character::from(before);
        let seal = after.seal().unwrap();
        assert_eq!((seal.edition(), seal.made_by()), (3, "1.4.0"));
        let wrong: first::Character = misread::<lie::Character, _>();
        assert!(patch::Character::from(wrong).seal().is_none());
    }

    #[test]
    fn what_a_release_changes_has_another_fingerprint_and_a_lie_has_not() {
        let characters = [
            first::Character::FINGERPRINT,
            patch::Character::FINGERPRINT,
            major::Character::FINGERPRINT,
        ];
        for (place, one) in characters.iter().enumerate() {
            assert!(!characters[place + 1..].contains(one));
        }
        assert_ne!(first::Group::FINGERPRINT, major::Group::FINGERPRINT);
        assert_eq!(first::Character::FINGERPRINT, lie::Character::FINGERPRINT);
    }
}
