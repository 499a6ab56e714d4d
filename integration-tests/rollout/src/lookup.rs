//! What is looked up: an id in one of the domains.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A domain of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Pilots.
    Character,
    /// Corporations.
    Corporation,
    /// Alliances.
    Alliance,
    /// Solar systems.
    System,
    /// Types of ships and weapons.
    Type,
}

impl Kind {
    /// Every domain.
    pub const ALL: [Self; 5] = [
        Self::Character,
        Self::Corporation,
        Self::Alliance,
        Self::System,
        Self::Type,
    ];

    /// Returns the domain's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Corporation => "corporation",
            Self::Alliance => "alliance",
            Self::System => "system",
            Self::Type => "type",
        }
    }

    /// Returns the domain of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An id in a domain. Its text is `character:95465499`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lookup {
    /// The domain.
    pub kind: Kind,
    /// The id.
    pub id: u64,
}

impl Lookup {
    /// Reads the text of a look-up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, id) = text.split_once(':')?;
        Some(Self {
            kind: Kind::named(name)?,
            id: id.parse().ok()?,
        })
    }

    /// Reads a line: the look-ups of a kill, separated by spaces.
    #[must_use]
    pub fn parse_line(line: &str) -> Option<Vec<Self>> {
        line.split_ascii_whitespace().map(Self::parse).collect()
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let lookups: Vec<Lookup> = Kind::ALL
            .into_iter()
            .zip(1..)
            .map(|(kind, id)| Lookup { kind, id })
            .collect();
        let words: Vec<String> = lookups.iter().map(ToString::to_string).collect();
        assert_eq!(words[0], "character:1");
        assert_eq!(Lookup::parse_line(&words.join(" ")), Some(lookups));
        for other in ["character", "pilot:1", "type:-1", "type:1 type"] {
            assert_eq!(Lookup::parse_line(other), None, "{other}");
        }
    }
}
