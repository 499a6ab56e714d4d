//! Release 2.0.0: fields have changed places, which no binary codec sees.

use cache_facade::{Cacheable, DomainSpec, domain};
use serde::{Deserialize, Serialize};

use super::{Seal, Value, derived};

/// What this release is called.
pub const RELEASE: &str = "2.0.0";

/// Describes the domain of characters.
#[must_use]
pub fn characters() -> DomainSpec<Character> {
    domain()
}

/// A pilot.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "character", ttl = "12h")]
pub struct Character {
    corporation: u64,
    id: u64,
    seal: Seal,
}

impl Value for Character {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        let corporation = derived(id, 1);
        Self {
            corporation,
            id,
            seal: Seal::of(&[id, corporation], edition, made_by),
        }
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn seal(&self) -> Option<&Seal> {
        let fits = self.seal.fits(&[self.id, self.corporation]);
        fits.then_some(&self.seal)
    }
}

/// A corporation, or an alliance.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "corporation", ttl = "12h")]
pub struct Group {
    founder: u64,
    id: u64,
    seal: Seal,
}

impl Value for Group {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        let founder = derived(id, 2);
        Self {
            founder,
            id,
            seal: Seal::of(&[id, founder], edition, made_by),
        }
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn seal(&self) -> Option<&Seal> {
        let fits = self.seal.fits(&[self.id, self.founder]);
        fits.then_some(&self.seal)
    }
}
