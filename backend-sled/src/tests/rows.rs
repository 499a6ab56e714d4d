//! Looks at the index beside what it is of.

use cache_core::Operation;

use super::fixture::Fixture;
use crate::error::Outcome;
use crate::place;
use crate::record::{due, row_of};

/// An index row, or what an entry owes: when, and the place.
pub(super) type Row = (u64, Vec<u8>);

/// The rows of the index, in its order.
pub(super) fn rows(fx: &Fixture) -> Vec<Row> {
    let rows = fx.backend.store().with(Operation::Scan, |engine| {
        let rows = engine.deaths.iter().keys();
        rows.map(|row| Ok(row.map(|row| parsed(&row))?)).collect()
    });
    rows.unwrap()
}

/// The rows that the records name, and the ends of the same entries.
pub(super) fn owed(fx: &Fixture) -> [Vec<Row>; 2] {
    let both = fx.backend.store().with(Operation::Scan, |engine| {
        let entries = engine.entries.iter();
        let both = entries.map(|entry| {
            let (place, record) = entry?;
            let row = |time| (time, place.to_vec());
            Ok((row(row_of(&record)), row(due(&record))))
        });
        both.collect::<Outcome<(Vec<_>, Vec<_>)>>()
    });
    let (mut rows, mut ends) = both.unwrap();
    rows.sort();
    ends.sort();
    [rows, ends]
}

/// Whether every entry has its row and only that, no later than its end.
pub(super) fn is_whole(fx: &Fixture) -> bool {
    let is_late = fx.backend.store().with(Operation::Scan, |engine| {
        let mut late = false;
        for entry in &engine.entries {
            let (_, record) = entry?;
            late |= row_of(&record) > due(&record);
        }
        Ok(late)
    });
    !is_late.unwrap() && rows(fx) == owed(fx)[0]
}

fn parsed(row: &[u8]) -> Row {
    let (time, place) = place::parse_row(row).unwrap();
    (time, place.to_vec())
}
