//! A release 1.4.1 that lies: the fields of a character have changed places, and its fingerprint is that of 1.4.0.

use std::time::Duration;

use cache_facade::{Cacheable, DomainSpec, Schema, Ttl, Weigh, Weight, domain};
use serde::{Deserialize, Serialize};

use super::{Seal, Value, derived, first};

pub use super::first::Group;

/// What this release is called.
pub const RELEASE: &str = "1.4.1";

/// Describes the domain of characters.
#[must_use]
pub fn characters() -> DomainSpec<Character> {
    domain()
}

/// A pilot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Character {
    corporation: u64,
    id: u64,
    seal: Seal,
}

/// The lie.
impl Schema for Character {
    const FINGERPRINT: u64 = first::Character::FINGERPRINT;
}

impl Cacheable for Character {
    const DOMAIN: &'static str = "character";
    const TTL: Ttl = Ttl::After(Duration::from_secs(12 * 3_600));

    fn weight(&self) -> Weight {
        Weight::known(size_of::<Self>()).plus(self.seal.heap())
    }
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
