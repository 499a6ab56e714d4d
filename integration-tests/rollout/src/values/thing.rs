//! What no release has changed: systems and types.

use cache_facade::Cacheable;
use serde::{Deserialize, Serialize};

use super::{Seal, Value};

/// A solar system, or a type of ship.
#[derive(Cacheable, Clone, Debug, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "12h")]
pub struct Thing {
    id: u64,
    seal: Seal,
}

impl Value for Thing {
    fn make(id: u64, edition: u64, made_by: &str) -> Self {
        Self {
            id,
            seal: Seal::of(&[id], edition, made_by),
        }
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn seal(&self) -> Option<&Seal> {
        self.seal.fits(&[self.id]).then_some(&self.seal)
    }
}
