//! Counters: a table of their own, so that a counter and an entry of one id never meet.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::{Key, Result, Timestamp, address};

use crate::error;

const SHELVES: usize = 16;

/// All counters: a bounded number, each under its address, which holds no schema.
#[derive(Debug)]
pub(crate) struct CounterTable {
    shelves: [Mutex<Shelf>; SHELVES],
    hasher: RandomState,
    /// How many there are, those included whose windows have ended and that were not yet swept.
    held: AtomicUsize,
    most: usize,
}

#[derive(Debug)]
struct Shelf {
    windows: HashMap<String, Window>,
    /// No window here ends before this moment, so there is nothing to sweep until then.
    first_end: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    value: i64,
    ends: Timestamp,
}

impl CounterTable {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            shelves: std::array::from_fn(|_| {
                Mutex::new(Shelf {
                    windows: HashMap::new(),
                    first_end: Timestamp::NEVER,
                })
            }),
            hasher: RandomState::new(),
            held: AtomicUsize::new(0),
            most,
        }
    }

    /// Adds to a counter; `now` is the store's time.
    pub(crate) fn add(
        &self,
        key: Key<'_>,
        by: i64,
        window: Duration,
        now: Timestamp,
    ) -> Result<i64> {
        if window.is_zero() {
            return Err(error::zero_window());
        }
        let opened = Window {
            value: by,
            ends: now.after(window),
        };
        let name = address::counter(&key);
        if let Some(answer) = self.try_add(&name, opened, now) {
            return answer;
        }
        // No room: ended windows may give some. One look at each shelf, none held while the next is taken.
        self.sweep(now);
        self.try_add(&name, opened, now)
            .unwrap_or_else(|| Err(error::too_many_counters()))
    }

    /// `None` if it would be one counter too many.
    fn try_add(&self, name: &str, opened: Window, now: Timestamp) -> Option<Result<i64>> {
        let mut shelf = self.shelf(name);
        match shelf.windows.get_mut(name) {
            Some(window) if window.ends > now => return Some(grow(window, opened.value)),
            Some(window) => *window = opened,
            None => {
                self.take_room()?;
                shelf.windows.insert(name.to_owned(), opened);
            }
        }
        shelf.first_end = shelf.first_end.min(opened.ends);
        Some(Ok(opened.value))
    }

    fn take_room(&self) -> Option<()> {
        let one_more = |held| (held < self.most).then_some(held + 1);
        self.held.fetch_update(SeqCst, SeqCst, one_more).ok()?;
        Some(())
    }

    /// Frees counters whose windows have ended.
    pub(crate) fn sweep(&self, now: Timestamp) {
        for shelf in &self.shelves {
            let mut shelf = lock(shelf);
            if shelf.first_end > now {
                continue;
            }
            let before = shelf.windows.len();
            shelf.windows.retain(|_, window| window.ends > now);
            let ends = shelf.windows.values().map(|window| window.ends);
            shelf.first_end = ends.min().unwrap_or(Timestamp::NEVER);
            self.held.fetch_sub(before - shelf.windows.len(), SeqCst);
        }
    }

    fn shelf(&self, name: &str) -> MutexGuard<'_, Shelf> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of the hash will do"
        )]
        let index = self.hasher.hash_one(name) as usize % SHELVES;
        #[expect(clippy::indexing_slicing, reason = "the index is below the length")]
        lock(&self.shelves[index])
    }
}

fn grow(window: &mut Window, by: i64) -> Result<i64> {
    window.value = window.value.checked_add(by).ok_or_else(error::overflow)?;
    Ok(window.value)
}

/// A shelf is changed in single steps, so a panic under its lock leaves it whole.
fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use cache_core::{Epoch, ErrorKind, Space};

    use super::*;

    const WINDOW: Duration = Duration::from_millis(100);

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn add(table: &CounterTable, id: u64, by: i64, now: u64) -> Result<i64> {
        let space = Space::new("counters", "hits", id % 7)?;
        let id = id.to_string();
        table.add(
            Key::new(&space, Epoch(0), id.as_bytes())?,
            by,
            WINDOW,
            at(now),
        )
    }

    #[test]
    fn the_first_add_sets_the_window_and_its_end_begins_anew() {
        let table = CounterTable::new(10);
        let values = [(0, 5), (50, 1), (99, -2), (100, 7), (199, 1)];
        let answers = values.map(|(now, by)| add(&table, 1, by, now).unwrap());
        assert_eq!(answers, [5, 6, 4, 7, 8]);
    }

    #[test]
    fn the_schema_plays_no_part() {
        let table = CounterTable::new(10);
        let one = |schema| {
            let space = Space::new("counters", "hits", schema).unwrap();
            let key = Key::new(&space, Epoch(0), b"1").unwrap();
            table.add(key, 1, WINDOW, at(0)).unwrap()
        };
        assert_eq!((one(1), one(2)), (1, 2));
    }

    #[test]
    fn overflow_leaves_the_value() {
        let table = CounterTable::new(10);
        add(&table, 1, i64::MAX - 1, 0).unwrap();
        assert_eq!(
            add(&table, 1, 2, 0).unwrap_err().kind(),
            ErrorKind::Overflow
        );
        assert_eq!(add(&table, 1, 1, 0).unwrap(), i64::MAX);
    }

    #[test]
    fn a_full_table_refuses_new_counters_until_windows_end() {
        let table = CounterTable::new(100);
        for id in 0..100 {
            add(&table, id, 1, id % 2).unwrap();
        }
        assert_eq!(
            add(&table, 100, 1, 99).unwrap_err().kind(),
            ErrorKind::Overloaded
        );
        assert_eq!(add(&table, 7, 1, 99).unwrap(), 2);
        // At 100 the windows of the even ids have ended.
        assert_eq!(add(&table, 100, 1, 100).unwrap(), 1);
        assert_eq!(table.held.load(SeqCst), 51);
    }

    #[test]
    fn sweeping_counts_what_stays() {
        let table = CounterTable::new(1_000);
        for id in 0..1_000 {
            add(&table, id, 1, id).unwrap();
        }
        table.sweep(at(599));
        assert_eq!(table.held.load(SeqCst), 500);
        let left: usize = table
            .shelves
            .iter()
            .map(|shelf| lock(shelf).windows.len())
            .sum();
        assert_eq!(left, 500);
    }

    #[test]
    fn a_window_of_zero_is_refused() {
        let table = CounterTable::new(10);
        let space = Space::new("counters", "hits", 1).unwrap();
        let key = Key::new(&space, Epoch(0), b"1").unwrap();
        let error = table.add(key, 1, Duration::ZERO, at(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}
