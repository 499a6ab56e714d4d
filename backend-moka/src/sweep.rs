//! Sweeping: one walk over the table that frees what nobody can read again.
//!
//! moka could expire entries by its own clock, at a price for every hit: see `docs/adr/0002-moka-expiry.md`.

use std::sync::atomic::Ordering::SeqCst;

use cache_core::{Key, OwnedKey, Timestamp};
use moka::sync::Iter;

use crate::held::Held;
use crate::pace::SLICE;
use crate::store::Store;

/// One walk, in slices, so that whoever walks can stop or rest in between.
pub(crate) struct Sweep<'a> {
    store: &'a Store,
    walk: Iter<'a, OwnedKey, Held>,
    /// The first death among what was met and stays.
    first_death: u64,
    is_whole: bool,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        // Before the walk: an entry that is stored from now on notes its own death after this, and is kept in mind.
        store
            .first_death
            .store(Timestamp::NEVER.as_millis(), SeqCst);
        Self {
            store,
            walk: store.table.iter(),
            first_death: Timestamp::NEVER.as_millis(),
            is_whole: false,
        }
    }

    /// Says whether a walk is due: something that is held is past its end.
    pub(crate) fn is_due(store: &Store) -> bool {
        store.now().as_millis() >= store.first_death.load(SeqCst)
    }

    /// Visits at most 1,024 entries and says whether there may be more.
    pub(crate) fn slice(&mut self) -> bool {
        let now = self.store.now();
        for _ in 0..SLICE {
            let Some((key, held)) = self.walk.next() else {
                self.end();
                return false;
            };
            self.visit(key.as_key(), &held, now);
        }
        true
    }

    fn visit(&mut self, key: Key<'_>, held: &Held, now: Timestamp) {
        if self.store.is_waste(key, held, now) {
            self.store.discard(key);
        } else {
            self.first_death = self.first_death.min(held.meta().dead_at.as_millis());
        }
    }

    fn end(&mut self) {
        self.is_whole = true;
        self.store.counters.sweep(self.store.now());
        self.store.ledger.spaces.prune();
    }
}

impl Drop for Sweep<'_> {
    /// A walk that was broken off does not know the rest: the next one is due at once.
    fn drop(&mut self) {
        let first_death = if self.is_whole { self.first_death } else { 0 };
        self.store.first_death.fetch_min(first_death, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    use cache_core::{Clock, Condition, Entry, Epoch, Judge, Lifetime, Meta, Space, Ttl};

    use super::*;
    use crate::config::{Capacity, Policy};
    use crate::held::Limits;

    #[derive(Debug)]
    struct Hands(Arc<AtomicU64>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(SeqCst))
        }
    }

    struct Fixture {
        store: Store,
        time: Arc<AtomicU64>,
        space: Space,
    }

    impl Fixture {
        fn new() -> Self {
            let time = Arc::new(AtomicU64::new(1_000));
            let limits = Limits {
                capacity: Capacity::Entries(100_000),
                max_payload: 10,
            };
            let judge = Judge::new(Arc::new(Hands(Arc::clone(&time))), Duration::ZERO);
            Self {
                store: Store::new(limits, Policy::Lru, 10, judge),
                time,
                space: Space::new("sweep", "a", 1).unwrap(),
            }
        }

        fn put(&self, id: &str, millis: u64) {
            let now = self.store.now();
            let ttl = Ttl::After(Duration::from_millis(millis));
            let meta = Meta::new(now, Lifetime::starting(now, ttl, Duration::ZERO));
            let entry = Entry::object(meta, Arc::new(()));
            self.store
                .put(self.key(id), entry, Condition::Always)
                .unwrap();
        }

        fn key<'a>(&'a self, id: &'a str) -> Key<'a> {
            Key::new(&self.space, Epoch(0), id.as_bytes()).unwrap()
        }

        fn sweep(&self) {
            let mut sweep = Sweep::new(&self.store);
            while sweep.slice() {}
        }
    }

    #[test]
    fn a_walk_is_due_when_the_first_of_what_is_held_dies() {
        let fx = Fixture::new();
        for (id, millis) in [("a", 500), ("b", 100), ("c", 300)] {
            fx.put(id, millis);
        }
        for (time, due) in [(1_099, false), (1_100, true)] {
            fx.time.store(time, SeqCst);
            assert_eq!(Sweep::is_due(&fx.store), due);
        }
        fx.sweep();
        assert_eq!(fx.store.ledger.entries(), 2);
        for (time, due) in [(1_299, false), (1_300, true)] {
            fx.time.store(time, SeqCst);
            assert_eq!(Sweep::is_due(&fx.store), due);
        }
    }

    #[test]
    fn a_walk_that_was_broken_off_is_due_again() {
        let fx = Fixture::new();
        for id in 0..5_000 {
            fx.put(&id.to_string(), 500);
        }
        assert!(Sweep::new(&fx.store).slice());
        assert!(Sweep::is_due(&fx.store));
        fx.sweep();
        assert!(!Sweep::is_due(&fx.store));
    }

    #[test]
    fn what_was_written_after_the_walk_met_its_key_stays() {
        let fx = Fixture::new();
        fx.put("a", 100);
        fx.time.store(2_000, SeqCst);
        let mut sweep = Sweep::new(&fx.store);
        let (key, held) = sweep.walk.next().unwrap();
        fx.put("a", 100);
        sweep.visit(key.as_key(), &held, fx.store.now());
        assert_eq!(fx.store.ledger.entries(), 1);
    }
}
