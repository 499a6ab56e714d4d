//! The six kinds of entity this crate looks up.

use std::fmt;

/// An EVE id as ESI publishes it: a positive 32-bit number, unique within its [`Kind`].
pub type Id = i32;

/// A kind of entity that ESI answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A pilot.
    Character,
    /// A corporation, to which every pilot belongs.
    Corporation,
    /// An alliance of corporations.
    Alliance,
    /// A solar system.
    System,
    /// A type of thing: a ship, a weapon, an item.
    Type,
    /// A killmail.
    Killmail,
}

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::Character,
        Self::Corporation,
        Self::Alliance,
        Self::System,
        Self::Type,
        Self::Killmail,
    ];

    /// Returns the name of the kind in lower case, as it stands in messages and counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Corporation => "corporation",
            Self::Alliance => "alliance",
            Self::System => "system",
            Self::Type => "type",
            Self::Killmail => "killmail",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
