//! What became of the keys, counted.

use serde::Serialize;

/// How it ended for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its value was stored in the new place.
    Moved,
    /// The id has an entry there.
    Present,
    /// The id has none there, and nothing is to be moved.
    Absent,
    /// The release was loading or changing the id, or has something there that cannot be read: it is left to it.
    Overtaken,
    /// It ended before it was read.
    Gone,
    /// It has no end, and its row does not say how long its value is to live.
    Endless,
    /// It is no string of JSON.
    NotJson,
    /// It is larger than the store takes.
    TooLarge,
    /// The store gave no answer.
    Failed,
}

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Keys that match the row. Each ended in one of the ways that follow.
    pub(super) found: u64,
    pub(super) moved: u64,
    pub(super) present: u64,
    pub(super) absent: u64,
    pub(super) overtaken: u64,
    pub(super) gone: u64,
    pub(super) endless: u64,
    pub(super) not_json: u64,
    pub(super) too_large: u64,
    pub(super) failed: u64,
    /// Old keys that were removed.
    pub(super) deleted: u64,
    /// Old keys that somebody had written again before they were removed; they stay.
    pub(super) rewritten: u64,
    /// Keys that begin as those of the row do, and match none. They are left alone.
    pub(super) unmatched: u64,
}

impl Counts {
    pub(super) fn end(&mut self, end: End) {
        let count = match end {
            End::Moved => &mut self.moved,
            End::Present => &mut self.present,
            End::Absent => &mut self.absent,
            End::Overtaken => &mut self.overtaken,
            End::Gone => &mut self.gone,
            End::Endless => &mut self.endless,
            End::NotJson => &mut self.not_json,
            End::TooLarge => &mut self.too_large,
            End::Failed => &mut self.failed,
        };
        *count += 1;
    }

    /// Returns all counts with their names, in the order in which they are told.
    pub(super) const fn named(&self) -> [(&'static str, u64); 13] {
        [
            ("found", self.found),
            ("moved", self.moved),
            ("present", self.present),
            ("absent", self.absent),
            ("overtaken", self.overtaken),
            ("gone", self.gone),
            ("endless", self.endless),
            ("not_json", self.not_json),
            ("too_large", self.too_large),
            ("failed", self.failed),
            ("deleted", self.deleted),
            ("rewritten", self.rewritten),
            ("unmatched", self.unmatched),
        ]
    }

    /// Returns the sums of several.
    pub(super) fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let add = |sum: Self, one: &Self| Self {
            found: sum.found + one.found,
            moved: sum.moved + one.moved,
            present: sum.present + one.present,
            absent: sum.absent + one.absent,
            overtaken: sum.overtaken + one.overtaken,
            gone: sum.gone + one.gone,
            endless: sum.endless + one.endless,
            not_json: sum.not_json + one.not_json,
            too_large: sum.too_large + one.too_large,
            failed: sum.failed + one.failed,
            deleted: sum.deleted + one.deleted,
            rewritten: sum.rewritten + one.rewritten,
            unmatched: sum.unmatched + one.unmatched,
        };
        all.into_iter().fold(Self::default(), add)
    }

    /// Says what was left because it cannot be taken over; `None` if nothing was.
    pub(super) fn left(&self) -> Option<String> {
        let reasons = [
            (self.not_json, "hold no JSON"),
            (self.too_large, "are larger than `max_payload`"),
            (
                self.endless,
                "have no end (`endless` in their row says how long their values are to live)",
            ),
        ];
        let reasons = reasons.iter().filter(|(count, _)| *count > 0);
        let texts: Vec<String> = reasons
            .map(|(count, why)| format!("{count} {why}"))
            .collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: [End; 9] = [
        End::Moved,
        End::Present,
        End::Absent,
        End::Overtaken,
        End::Gone,
        End::Endless,
        End::NotJson,
        End::TooLarge,
        End::Failed,
    ];

    #[test]
    fn each_end_has_a_count_of_its_own_and_all_are_summed() {
        let mut counts = Counts::default();
        for (times, end) in (1..).zip(ENDS) {
            (0..times).for_each(|_| counts.end(end));
        }
        let sum = Counts::sum([&counts, &counts]);
        let ends = |counts: &Counts| counts.named().map(|(_, count)| count);
        assert_eq!(ends(&counts)[1..10], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(ends(&sum), ends(&counts).map(|count| 2 * count));
    }

    #[test]
    fn names_are_those_of_the_json() {
        let json = serde_json::to_value(Counts::default()).unwrap();
        let names = Counts::default().named().map(|(name, _)| name);
        assert_eq!(json.as_object().unwrap().len(), names.len());
        for name in names {
            assert!(json.get(name).is_some(), "{name}");
        }
    }
}
