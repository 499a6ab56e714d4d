//! Who belonged to whom at the time of a kill.

use super::KillmailRecord;
use crate::Id;

/// One belonging that a kill shows: a corporation, its alliance if it had one, and its pilot if there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Affiliation {
    /// The pilot; absent for structures and for those whom the game itself flies.
    pub character: Option<Id>,
    /// The corporation.
    pub corporation: Id,
    /// The corporation's alliance.
    pub alliance: Option<Id>,
}

/// Returns the belongings that a kill shows: the victim's, then those of the attackers in their order. Parties
/// without a corporation show none.
pub fn affiliations(kill: &KillmailRecord) -> impl Iterator<Item = Affiliation> {
    let victim = &kill.victim;
    let first = affiliation(
        victim.character_id,
        victim.corporation_id,
        victim.alliance_id,
    );
    let others = kill
        .attackers
        .iter()
        .filter_map(|one| affiliation(one.character_id, one.corporation_id, one.alliance_id));
    first.into_iter().chain(others)
}

fn affiliation(
    character: Option<Id>,
    corporation: Option<Id>,
    alliance: Option<Id>,
) -> Option<Affiliation> {
    corporation.map(|corporation| Affiliation {
        character,
        corporation,
        alliance,
    })
}
