//! Release 1.4.1: a character has one more field, and characters of 1.4.0 are taken over.

use cache_facade::{Cacheable, DomainSpec, domain};
use serde::{Deserialize, Serialize};

use super::{Seal, Value, derived, first};

pub use super::first::Group;

/// What this release is called.
pub const RELEASE: &str = "1.4.1";

/// Describes the domain of characters.
#[must_use]
pub fn characters() -> DomainSpec<Character> {
    domain().migrate_from(|before: first::Character| Character::from(before))
}

/// A pilot.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "character", ttl = "12h")]
pub struct Character {
    id: u64,
    birthday: u64,
    corporation: u64,
    seal: Seal,
}

impl Value for Character {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        let (birthday, corporation) = (derived(id, 3), derived(id, 1));
        Self {
            id,
            birthday,
            corporation,
            seal: Seal::of(&[id, birthday, corporation], edition, made_by),
        }
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn seal(&self) -> Option<&Seal> {
        let fields = [self.id, self.birthday, self.corporation];
        self.seal.fits(&fields).then_some(&self.seal)
    }
}

impl From<first::Character> for Character {
    /// How new it is and who made it stay as they were. What was wrong stays wrong: its seal is not made anew.
    fn from(before: first::Character) -> Self {
        let (id, birthday, corporation) = (before.id, derived(before.id, 3), before.corporation);
        let seal = before.seal().map(|seal| {
            let fields = [id, birthday, corporation];
            Seal::of(&fields, seal.edition(), seal.made_by())
        });
        Self {
            id,
            birthday,
            corporation,
            seal: seal.unwrap_or(before.seal),
        }
    }
}
