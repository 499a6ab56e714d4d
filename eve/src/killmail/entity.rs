//! The entities that a kill mentions.

use std::iter;

use super::KillmailRecord;
use crate::{Id, Kind};

/// An entity that a kill mentions: one look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// A pilot.
    Character(Id),
    /// A corporation.
    Corporation(Id),
    /// An alliance.
    Alliance(Id),
    /// A solar system.
    System(Id),
    /// The type of a ship or of a weapon.
    Type(Id),
}

impl Entity {
    /// Returns what sort of entity it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Character(_) => Kind::Character,
            Self::Corporation(_) => Kind::Corporation,
            Self::Alliance(_) => Kind::Alliance,
            Self::System(_) => Kind::System,
            Self::Type(_) => Kind::Type,
        }
    }

    /// Returns its id.
    #[must_use]
    pub const fn id(self) -> Id {
        match self {
            Self::Character(id)
            | Self::Corporation(id)
            | Self::Alliance(id)
            | Self::System(id)
            | Self::Type(id) => id,
        }
    }
}

/// Returns every look-up that a kill causes, in order: the system; the victim's character, corporation, alliance and
/// ship; the same and the weapon of each attacker.
///
/// What the kill does not mention is left out; what it mentions twice is looked up twice. Factions are no look-up, and
/// neither are the victim's items.
pub fn entities(kill: &KillmailRecord) -> impl Iterator<Item = Entity> {
    let victim = &kill.victim;
    let first = party(
        [
            victim.character_id,
            victim.corporation_id,
            victim.alliance_id,
        ],
        [Some(victim.ship_type_id), None],
    );
    let others = kill.attackers.iter().flat_map(|one| {
        party(
            [one.character_id, one.corporation_id, one.alliance_id],
            [one.ship_type_id, one.weapon_type_id],
        )
    });
    iter::once(Entity::System(kill.solar_system_id))
        .chain(first)
        .chain(others)
}

/// The look-ups of one who took part: who it was (character, corporation, alliance), and with what (ship, weapon).
fn party(who: [Option<Id>; 3], with: [Option<Id>; 2]) -> impl Iterator<Item = Entity> {
    let [character, corporation, alliance] = who;
    let [ship, weapon] = with;
    [
        character.map(Entity::Character),
        corporation.map(Entity::Corporation),
        alliance.map(Entity::Alliance),
        ship.map(Entity::Type),
        weapon.map(Entity::Type),
    ]
    .into_iter()
    .flatten()
}
