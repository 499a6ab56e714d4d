//! What all processes of a namespace agree on: the release that is deployed, and what is still read. One record.

use std::collections::BTreeMap;

use cache_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::Record;

/// The id of the record.
pub(super) const ID: &str = "versions";

/// Stands for every domain.
const EVERY: &str = "*";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) current: Option<Current>,
    /// What was created before these moments, in milliseconds since 1970, is not read; by domain.
    #[serde(default)]
    pub(super) watermarks: BTreeMap<String, u64>,
}

/// The deployment whose release is the current one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Current {
    /// The row of the history.
    pub(super) id: u64,
    pub(super) release: String,
    /// In milliseconds since 1970.
    pub(super) since: u64,
}

impl Record for State {
    const WHAT: &'static str = "the record of the release that is deployed";
}

impl State {
    /// Returns what is still read of a domain: what was created at this moment or later.
    pub(super) fn mark(&self, domain: &str) -> Timestamp {
        let marks = [domain, EVERY].map(|of| self.watermarks.get(of).copied().unwrap_or(0));
        Timestamp::from_millis(marks.into_iter().max().unwrap_or(0))
    }

    /// Raises the mark of a domain, or of all. Says whether it was lower.
    pub(super) fn raise(&mut self, domain: Option<&str>, mark: Timestamp) -> bool {
        let of = domain.unwrap_or(EVERY).to_owned();
        let kept = self.watermarks.entry(of).or_default();
        let is_lower = *kept < mark.as_millis();
        *kept = (*kept).max(mark.as_millis());
        is_lower
    }

    /// Returns every mark, `*` for all domains.
    pub(super) fn marks(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        let marks = self.watermarks.iter();
        marks.map(|(domain, mark)| (domain.as_str(), Timestamp::from_millis(*mark)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_mark_only_rises_and_that_of_all_domains_holds_in_each() {
        let mut state = State::default();
        assert_eq!(state.mark("character"), Timestamp::ZERO);
        assert!(state.raise(Some("character"), at(5)));
        assert!(!state.raise(Some("character"), at(3)));
        assert_eq!(
            (state.mark("character"), state.mark("system")),
            (at(5), at(0))
        );
        assert!(state.raise(None, at(4)));
        assert_eq!(
            (state.mark("character"), state.mark("system")),
            (at(5), at(4))
        );
        assert_eq!(state.marks().count(), 2);
    }
}
