//! What was deployed, rolled back, invalidated and purged: a record of rows, the newest last.

use cache_core::{Epoch, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::record::Record;
use super::super::state::{Current, State};
use super::compatibility::Deployable;
use super::utc;

/// The id of the record.
pub(super) const ID: &str = "history";

/// The record never has more rows. The oldest give way, but those that a rollback leads to.
const MOST_ROWS: usize = 256;

/// So many deployments can be rolled back. Without a limit they would take all rows, and what is under way would have none.
const MOST_LED_TO: usize = MOST_ROWS / 2;

/// What a row of the history tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A release that was at work when the first deployment was recorded.
    Found,
    /// A release was made the current one.
    Deploy,
    /// The release before became the current one again.
    Rollback,
    /// Entries from before a moment were removed, and are no longer read.
    Invalidate,
    /// Entries of earlier types were converted.
    Migrate,
    /// Entries of releases that are gone were removed.
    Purge,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// It has begun, and nobody wrote that it ended: it is under way, or its process was killed.
    Begun,
    /// The deployment whose release is the current one.
    Active,
    /// It ended well; of a deployment: another one took its place.
    Done,
    /// It was given up, and the current release stayed what it was.
    Aborted,
}

/// A row of the history, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HistoryRow {
    /// Its number. Numbers rise.
    pub id: u64,
    /// What was done.
    pub action: Action,
    /// The release that it was about.
    pub release: String,
    /// The epoch of that release's addresses.
    pub epoch: u64,
    /// When it began. Serialized as UTC.
    #[serde(serialize_with = "utc::serialize")]
    pub at: Timestamp,
    /// How a deployment was carried out.
    pub strategy: Option<String>,
    /// The row of the deployment that was current before: where a rollback leads.
    pub before: Option<u64>,
    /// How many entries were removed or converted.
    pub entries: u64,
    /// What became of it.
    pub status: Status,
}

/// The record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    next: u64,
    rows: Vec<Row>,
    /// The row of the current deployment, which another record holds.
    #[serde(skip)]
    current: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) action: Action,
    pub(super) release: String,
    pub(super) epoch: u64,
    /// In milliseconds since 1970.
    pub(super) at: u64,
    #[serde(default)]
    pub(super) strategy: Option<String>,
    #[serde(default)]
    pub(super) before: Option<u64>,
    #[serde(default)]
    pub(super) entries: u64,
    pub(super) status: Status,
}

impl Record for History {
    const WHAT: &'static str = "the record of what was deployed";
}

impl Row {
    pub(super) fn begun(action: Action, release: &str, epoch: Epoch, now: Timestamp) -> Self {
        Self {
            id: 0,
            action,
            release: release.to_owned(),
            epoch: epoch.0,
            at: now.as_millis(),
            strategy: None,
            before: None,
            entries: 0,
            status: Status::Begun,
        }
    }

    fn told(&self, current: Option<&Current>) -> HistoryRow {
        let is_current = current.is_some_and(|current| current.id == self.id);
        HistoryRow {
            id: self.id,
            action: self.action,
            release: self.release.clone(),
            epoch: self.epoch,
            at: Timestamp::from_millis(self.at),
            strategy: self.strategy.clone(),
            before: self.before,
            entries: self.entries,
            status: if is_current {
                Status::Active
            } else {
                self.status
            },
        }
    }
}

impl History {
    /// Says which row is that of the current deployment. Numbers go on behind it even if the record was lost.
    pub(super) fn with_current(&mut self, current: Option<u64>) {
        self.current = current;
        self.next = self.next.max(current.unwrap_or(0));
    }

    /// Adds a row, and returns its number.
    pub(super) fn add(&mut self, row: Row) -> u64 {
        self.next += 1;
        while self.rows.len() >= MOST_ROWS {
            let line = self.line(self.current);
            let led_to: Vec<u64> = line.iter().take(MOST_LED_TO).map(|row| row.id).collect();
            let needless = self.rows.iter().position(|row| !led_to.contains(&row.id));
            self.rows.remove(needless.unwrap_or(0));
        }
        self.rows.push(Row {
            id: self.next,
            ..row
        });
        self.next
    }

    /// Adds a row for a release that was at work before anything was recorded.
    pub(super) fn found(&mut self, release: &Deployable, now: Timestamp) -> u64 {
        let row = Row::begun(Action::Found, &release.text, release.epoch, now);
        self.add(Row {
            status: Status::Done,
            ..row
        })
    }

    pub(super) fn row(&self, id: u64) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// Says whether the row of the current deployment is there.
    pub(super) fn tells(&self, current: &Current) -> bool {
        self.row(current.id)
            .is_some_and(|row| row.release == current.release)
    }

    pub(super) fn end(&mut self, id: u64, status: Status, entries: u64) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.status = status;
            row.entries = entries;
        }
    }

    /// Returns the current deployment's row and those before it, the way that rollbacks lead.
    pub(super) fn chain(&self, state: &State) -> Vec<&Row> {
        let Some(current) = &state.current else {
            return Vec::new();
        };
        // A record that was lost and begun anew may have something else under that number.
        let line = self.line(Some(current.id)).into_iter();
        match line.collect::<Vec<_>>() {
            line if line
                .first()
                .is_some_and(|row| row.release == current.release) =>
            {
                line
            }
            _ => Vec::new(),
        }
    }

    fn line(&self, from: Option<u64>) -> Vec<&Row> {
        let mut line: Vec<&Row> = Vec::new();
        let mut next = from;
        while let Some(row) = next.and_then(|id| self.row(id)) {
            // Rows only lead back: a damaged record must not lead in a circle.
            next = row.before.filter(|before| *before < row.id);
            line.push(row);
        }
        line
    }

    /// Returns every row, the newest first.
    pub(super) fn told(&self, state: &State) -> Vec<HistoryRow> {
        let rows = self.rows.iter().rev();
        rows.map(|row| row.told(state.current.as_ref())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployed(history: &mut History, release: &str, before: Option<u64>) -> u64 {
        let now = Timestamp::from_millis(1);
        let row = Row::begun(Action::Deploy, release, Epoch(1), now);
        let id = history.add(Row { before, ..row });
        history.end(id, Status::Done, 3);
        id
    }

    fn current(history: &History, id: u64) -> State {
        let release = history.row(id).unwrap().release.clone();
        let current = Current {
            id,
            release,
            since: 1,
        };
        State {
            current: Some(current),
            ..State::default()
        }
    }

    #[test]
    fn the_way_back_leads_through_what_was_current_each_time() {
        let mut history = History::default();
        let one = deployed(&mut history, "1.0.0", None);
        let two = deployed(&mut history, "2.0.0", Some(one));
        deployed(&mut history, "3.0.0", Some(two));
        // Rolled back to 1.0.0 meanwhile.
        let four = deployed(&mut history, "4.0.0", Some(one));
        let chain = |id| {
            let state = current(&history, id);
            let chain = history.chain(&state);
            chain.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(chain(four), [four, one]);
        assert_eq!(chain(two), [two, one]);
        assert_eq!(chain(one), [one]);
    }

    #[test]
    fn the_newest_row_is_told_first_and_one_is_active() {
        let mut history = History::default();
        let one = deployed(&mut history, "1.0.0", None);
        let two = deployed(&mut history, "2.0.0", Some(one));
        let told = history.told(&current(&history, one));
        let told: Vec<_> = told.iter().map(|row| (row.id, row.status)).collect();
        assert_eq!(told, [(two, Status::Done), (one, Status::Active)]);
    }

    #[test]
    fn it_does_not_grow_without_bound_and_numbers_go_on() {
        let mut history = History::default();
        let last = (0..1_000)
            .map(|_| deployed(&mut history, "1.0.0", None))
            .last();
        assert_eq!(history.rows.len(), MOST_ROWS);
        assert_eq!(last, Some(1_000));
        assert!(history.row(1_000).is_some() && history.row(1).is_none());
    }

    #[test]
    fn what_a_rollback_leads_to_stays_however_much_is_noted() {
        let mut history = History::default();
        let one = deployed(&mut history, "1.0.0", None);
        let two = deployed(&mut history, "2.0.0", Some(one));
        history.with_current(Some(two));
        for _ in 0..1_000 {
            deployed(&mut history, "3.0.0", Some(two));
        }
        assert_eq!(history.rows.len(), MOST_ROWS);
        let chain: Vec<_> = history
            .chain(&current(&history, two))
            .into_iter()
            .map(|row| row.id)
            .collect();
        assert_eq!(chain, [two, one]);
    }

    #[test]
    fn what_is_under_way_has_its_row_however_long_the_way_back_is() {
        let mut history = History::default();
        let mut before = None;
        for _ in 0..1_000 {
            before = Some(deployed(&mut history, "1.0.0", before));
            history.with_current(before);
        }
        let under_way = deployed(&mut history, "2.0.0", before);
        for _ in 0..MOST_LED_TO - 1 {
            deployed(&mut history, "a note", None);
        }
        assert_eq!(history.rows.len(), MOST_ROWS);
        assert!(history.row(under_way).is_some());
        let chain = history.chain(&current(&history, under_way));
        assert_eq!(chain.len(), MOST_LED_TO + 1);
    }

    #[test]
    fn a_record_that_was_lost_goes_on_behind_what_is_current() {
        let mut history = History::default();
        let two = 7;
        let lost = State {
            current: Some(Current {
                id: two,
                release: "2.0.0".to_owned(),
                since: 1,
            }),
            ..State::default()
        };
        assert!(history.chain(&lost).is_empty());
        history.with_current(Some(two));
        assert_eq!(deployed(&mut history, "3.0.0", Some(two)), 8);
        let mut begun_anew = History::default();
        (0..two).for_each(|_| {
            deployed(&mut begun_anew, "3.0.0", None);
        });
        assert!(begun_anew.chain(&lost).is_empty(), "another release's row");
    }

    #[test]
    fn a_circle_ends() {
        let mut history = History::default();
        let one = deployed(&mut history, "1.0.0", Some(1));
        assert_eq!(history.chain(&current(&history, one)).len(), 1);
    }
}
