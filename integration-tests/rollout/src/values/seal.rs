//! The seal: how new a value is, who made it, and a sum over everything.

use cache_facade::Schema;
use serde::{Deserialize, Serialize};

/// Says how new a value is and who made it, and shows that the fields are where they were written.
#[derive(Clone, Debug, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Seal {
    edition: u64,
    made_by: String,
    sum: u64,
}

impl Seal {
    /// Seals the fields of a value: the id first, whatever their order in the type.
    #[must_use]
    pub fn of(fields: &[u64], edition: u64, made_by: &str) -> Self {
        Self {
            edition,
            made_by: made_by.to_owned(),
            sum: sum(fields, edition, made_by),
        }
    }

    /// Says whether these are the fields that were sealed.
    #[must_use]
    pub fn fits(&self, fields: &[u64]) -> bool {
        self.sum == sum(fields, self.edition, &self.made_by)
    }

    /// Returns how new the value is: the number of the change that it shows.
    #[must_use]
    pub const fn edition(&self) -> u64 {
        self.edition
    }

    /// Returns the release that made it.
    #[must_use]
    pub fn made_by(&self) -> &str {
        &self.made_by
    }
}

/// FNV-1a: the order counts.
fn sum(fields: &[u64], edition: u64, made_by: &str) -> u64 {
    let numbers = fields.iter().chain([&edition]);
    let numbers = numbers.flat_map(|number| number.to_le_bytes());
    numbers
        .chain(made_by.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}
