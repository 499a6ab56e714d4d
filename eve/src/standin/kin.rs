//! Who belongs to whom.

use std::collections::HashMap;

use crate::killmail::Affiliation;

/// What the stand-in was told of belongings.
#[derive(Clone, Debug, Default)]
pub(super) struct Kin {
    /// The corporation of each character, and the alliance.
    characters: HashMap<i32, (i32, Option<i32>)>,
    /// The alliance of each corporation.
    corporations: HashMap<i32, Option<i32>>,
}

impl Kin {
    pub(super) fn extend(&mut self, known: impl IntoIterator<Item = Affiliation>) {
        for one in known {
            self.corporations.insert(one.corporation, one.alliance);
            if let Some(character) = one.character {
                let home = (one.corporation, one.alliance);
                self.characters.insert(character, home);
            }
        }
    }

    /// The corporation and the alliance of a character.
    pub(super) fn of_character(&self, id: i32) -> Option<(i32, Option<i32>)> {
        self.characters.get(&id).copied()
    }

    /// The alliance of a corporation.
    pub(super) fn of_corporation(&self, id: i32) -> Option<i32> {
        self.corporations.get(&id).copied().flatten()
    }
}
