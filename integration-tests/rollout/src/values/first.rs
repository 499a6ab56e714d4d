//! Release 1.4.0.

use cache_facade::{Cacheable, DomainSpec, domain};
use serde::{Deserialize, Serialize};

use super::{Seal, Value, derived};

/// What this release is called.
pub const RELEASE: &str = "1.4.0";

/// Describes the domain of characters.
#[must_use]
pub fn characters() -> DomainSpec<Character> {
    domain()
}

/// A pilot.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "character", ttl = "12h")]
pub struct Character {
    pub(super) id: u64,
    pub(super) corporation: u64,
    pub(super) seal: Seal,
}

impl Value for Character {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        let corporation = derived(id, 1);
        Self {
            id,
            corporation,
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
    id: u64,
    founder: u64,
    seal: Seal,
}

impl Value for Group {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        let founder = derived(id, 2);
        Self {
            id,
            founder,
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
