//! The store: moka's cache, the locks of writers and the counts. Everything here is synchronous.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};

use cache_core::{
    Condition, Entry, Found, Judge, Key, Life, Meta, Operation, OwnedKey, Put, Removed, Result,
    Stamp, Stats, Timestamp,
};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::config::{Capacity, Policy};
use crate::counters::CounterTable;
use crate::error;
use crate::held::{Held, Limits};
use crate::ledger::Ledger;
use crate::lookup::{CarriedHash, Lookup};
use crate::stripes::Stripes;

/// What moka keeps. A `get` of it is one look-up; nothing in it expires by moka's own clock.
pub(crate) type Table = Cache<OwnedKey, Held, CarriedHash>;

/// The store. The backend owns it, and the sweeper's thread holds it weakly.
pub(crate) struct Store {
    pub(crate) table: Table,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) counters: CounterTable,
    pub(crate) limits: Limits,
    stripes: Stripes,
    closed: AtomicBool,
    /// No held entry dies before this moment, in milliseconds: there is nothing to sweep until then.
    pub(crate) first_death: AtomicU64,
}

impl Store {
    pub(crate) fn new(limits: Limits, policy: Policy, max_counters: usize, judge: Judge) -> Self {
        let ledger = Arc::new(Ledger::new(judge));
        Self {
            table: table(limits.capacity, policy, Arc::clone(&ledger)),
            ledger,
            counters: CounterTable::new(max_counters),
            limits,
            stripes: Stripes::new(),
            closed: AtomicBool::new(false),
            first_death: AtomicU64::new(Timestamp::NEVER.as_millis()),
        }
    }

    pub(crate) fn judge(&self) -> &Judge {
        &self.ledger.judge
    }

    /// Reads the time precisely.
    pub(crate) fn now(&self) -> Timestamp {
        self.judge().clock().now()
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Answers an operation that is not a write, unless the store is closed.
    pub(crate) fn open(&self, operation: Operation) -> Result<()> {
        if self.is_closed() {
            return Err(error::closed(operation));
        }
        Ok(())
    }

    /// Refuses what comes, and waits for the writes that are under way.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.stripes.pass();
    }

    /// The hit path: one atomic load for the space, moka's look-up by the carried hash, the judge's coarse clock.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Found {
        let generation = self.ledger.spaces.generation(key.space());
        match self.table.get(&Lookup(&key)) {
            Some(held) if held.generation == generation => {
                let moment = key.moment(self.judge());
                match self.judge().hidden(held.meta(), moment) {
                    None => held.into_found(),
                    Some(other) => other,
                }
            }
            Some(_) | None => Found::Absent,
        }
    }

    pub(crate) fn head(&self, key: Key<'_>) -> Option<Meta> {
        let meta = *self.standing(key)?.meta();
        self.judge().is_live(&meta).then_some(meta)
    }

    pub(crate) fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.open(Operation::Put)?;
        let weight = self.limits.weigh(key, &entry)?;
        let _turn = self.turn(key, Operation::Put)?;
        if when != Condition::Always {
            let standing = self.standing(key).map(|held| *held.meta());
            if !self.judge().admits(when, &entry.meta, standing.as_ref()) {
                return Ok(self.refusal(standing));
            }
        }
        Ok(self.insert(key, entry, weight))
    }

    pub(crate) fn retime(&self, key: Key<'_>, to: &Meta, over: Stamp) -> Result<Put> {
        let _turn = self.turn(key, Operation::Retime)?;
        let Some(held) = self.standing(key) else {
            return Ok(Put::Refused(None));
        };
        let (weight, entry) = (held.weight, held.to_entry());
        if entry.meta.stamp != over {
            return Ok(self.refusal(Some(entry.meta)));
        }
        let meta = entry.meta.retimed(to);
        Ok(self.insert(key, Entry { meta, ..entry }, weight))
    }

    pub(crate) fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let _turn = self.turn(key, Operation::Remove)?;
        if let Some(stamp) = only {
            let stands = self.standing(key);
            if stands.is_none_or(|held| held.meta().stamp != stamp) {
                return Ok(Removed::Missing);
            }
        }
        let removed = self.table.remove(&Lookup(&key));
        Ok(
            if removed.is_some_and(|held| !self.is_waste(key, &held, self.now())) {
                Removed::Existed
            } else {
                Removed::Missing
            },
        )
    }

    /// Takes an entry away if it is over or was cleared, judged once more under its stripe: what was written meanwhile
    /// stays.
    pub(crate) fn discard(&self, key: Key<'_>) {
        let _turn = self.stripes.lock(key.hash());
        if self
            .held(key)
            .is_some_and(|held| self.is_waste(key, &held, self.now()))
        {
            self.table.invalidate(&Lookup(&key));
        }
    }

    /// Takes away whatever stands under a key.
    pub(crate) fn evict(&self, key: Key<'_>) {
        let _turn = self.stripes.lock(key.hash());
        self.table.invalidate(&Lookup(&key));
    }

    /// Whether nobody can ever read an entry again.
    pub(crate) fn is_waste(&self, key: Key<'_>, held: &Held, now: Timestamp) -> bool {
        self.is_cleared(key, held) || self.ledger.is_over(held, now)
    }

    pub(crate) fn is_cleared(&self, key: Key<'_>, held: &Held) -> bool {
        held.generation != self.ledger.spaces.generation(key.space())
    }

    /// Waits until every write has ended that began before.
    pub(crate) fn await_writes(&self) {
        self.stripes.pass();
    }

    /// Lets moka catch up with what was written, until it holds what we counted.
    pub(crate) fn settle(&self) {
        // Each run applies at least a few hundred writes or evictions; concurrent writers could keep it going for ever.
        for _ in 0..1_024 {
            self.table.run_pending_tasks();
            if self.table.entry_count() == self.ledger.entries() {
                return;
            }
        }
    }

    /// What was counted. Where that is more than the limit, moka works off first what is pending, a bounded number of writes.
    pub(crate) fn stats(&self) -> Stats {
        if self.ledger.is_above(self.limits.capacity) {
            self.table.run_pending_tasks();
        }
        self.ledger.stats(self.limits.capacity)
    }

    /// Begins a write of a key: its stripe, held until the guard goes.
    fn turn(&self, key: Key<'_>, operation: Operation) -> Result<MutexGuard<'_, ()>> {
        let turn = self.stripes.lock(key.hash());
        self.open(operation)?;
        Ok(turn)
    }

    /// What stands under a key, unless it was cleared.
    fn standing(&self, key: Key<'_>) -> Option<Held> {
        self.held(key).filter(|held| !self.is_cleared(key, held))
    }

    /// What moka holds under a key. moka counts every `get` as a use, of keys that it does not hold too, and TinyLFU admits
    /// by these counts: a write must not make its own key look wanted, so it asks first with `contains_key`, which is not
    /// counted. Without that, a Zipf load hits 57 instead of 60 times in a hundred (`tests/policy.rs`).
    fn held(&self, key: Key<'_>) -> Option<Held> {
        if !self.table.contains_key(&Lookup(&key)) {
            return None;
        }
        self.table.get(&Lookup(&key))
    }

    /// The caller holds the stripe of the key.
    fn insert(&self, key: Key<'_>, entry: Entry, weight: u32) -> Put {
        let (stamp, dead_at) = (entry.meta.stamp, entry.meta.dead_at.as_millis());
        let held = Held::new(entry, self.ledger.spaces.generation(key.space()), weight);
        self.ledger.enter(key.space(), &held);
        self.table.insert(key.to_owned(), held);
        // After the insert: a sweep that resets the moment before this sees the entry.
        if dead_at < self.first_death.load(Ordering::SeqCst) {
            self.first_death.fetch_min(dead_at, Ordering::SeqCst);
        }
        Put::Stored(stamp)
    }

    /// A dead entry is not shown, not even as what stood in the way.
    fn refusal(&self, standing: Option<Meta>) -> Put {
        let now = self.now();
        let shown = |meta: &Meta| !matches!(self.judge().life(meta, now), Life::Dead | Life::Ahead);
        Put::Refused(standing.filter(shown))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("limits", &self.limits)
            .field("entries", &self.ledger.entries())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

fn table(capacity: Capacity, policy: Policy, ledger: Arc<Ledger>) -> Table {
    let builder = Cache::builder()
        .eviction_policy(match policy {
            Policy::TinyLfu => EvictionPolicy::tiny_lfu(),
            Policy::Lru => EvictionPolicy::lru(),
        })
        .eviction_listener(move |key: Arc<OwnedKey>, held: Held, cause| {
            ledger.leave(&key, &held, cause);
        });
    match capacity {
        Capacity::Entries(most) => builder.max_capacity(most),
        Capacity::Bytes(most) => builder
            .max_capacity(most)
            .weigher(|_: &OwnedKey, held: &Held| held.weight),
    }
    .build_with_hasher(CarriedHash)
}

#[cfg(test)]
mod tests;
