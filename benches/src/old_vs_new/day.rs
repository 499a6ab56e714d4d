//! The day that is replayed: every look-up of every kill, in order, read beforehand.

use std::collections::{BTreeMap, BTreeSet};

use eve::killmail::{Affiliation, Entity, Killmails, affiliations, entities};
use eve::{Id, Kind};

use super::service::{Counts, Tally};
use super::upstream::Upstream;
use crate::Result;

/// The first kills of the built-in day.
pub(super) struct Day {
    /// How many there are.
    pub(super) kills: usize,
    pub(super) look_ups: Vec<Entity>,
    /// Who belonged to whom: what the upstream has to know to answer.
    pub(super) affiliations: Vec<Affiliation>,
}

impl Day {
    /// Reads up to so many kills.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub(super) fn read(kills: usize) -> Result<Self> {
        let mut day = Self {
            kills: 0,
            look_ups: Vec::new(),
            affiliations: Vec::new(),
        };
        for kill in Killmails::sample_day()?.take(kills) {
            let (_, kill) = kill?;
            day.kills += 1;
            day.look_ups.extend(entities(&kill));
            day.affiliations.extend(affiliations(&kill));
        }
        Ok(day)
    }

    /// Returns the ids of a kind, each once.
    pub(super) fn ids(&self, kind: Kind) -> BTreeSet<Id> {
        let of_kind = self.look_ups.iter().filter(|entity| entity.kind() == kind);
        of_kind.map(|entity| entity.id()).collect()
    }

    /// Says what a replay that loaded this much found: every look-up either loads or hits.
    pub(super) fn tally(&self, upstream: &Upstream) -> Tally {
        let mut look_ups: BTreeMap<Kind, u64> = BTreeMap::new();
        for entity in &self.look_ups {
            *look_ups.entry(entity.kind()).or_default() += 1;
        }
        let counts = look_ups.into_iter().map(|(kind, look_ups)| {
            let misses = upstream.loads_of(kind);
            let hits = look_ups.saturating_sub(misses);
            (kind, Counts { hits, misses })
        });
        counts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_day_is_its_beginning() {
        let (few, more) = (Day::read(5).unwrap(), Day::read(20).unwrap());
        assert_eq!((few.kills, more.kills), (5, 20));
        assert_eq!(few.look_ups, more.look_ups[..few.look_ups.len()]);
        let ids = few.ids(Kind::System);
        assert!((1..=5).contains(&ids.len()), "{ids:?}");
    }
}
