//! The table of open flights, per cache instance. A key has at most one flight in it.

use std::sync::{Arc, PoisonError};

use cache_core::{Key, Scope};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::flight::{Fenced, Flight};
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

const SHARDS: usize = 64;

type Shard<R> = HashTable<Arc<Flight<R>>>;

/// Open flights by key. A flight leaves it by identity, never by key. `limit` bounds the loads under way, those included that
/// were fenced and so left the table before their end.
#[derive(Debug)]
pub(crate) struct FlightTable<R> {
    shards: Vec<Mutex<Shard<R>>>,
    open: AtomicUsize,
    limit: usize,
}

/// What entering the table led to.
pub(crate) enum Entered<R> {
    /// Somebody loads this key already.
    Joined(Arc<Flight<R>>),
    /// Nobody did: the caller leads.
    Leading(Leader<R>),
    /// As many loads as allowed are under way.
    Full,
}

impl<R> FlightTable<R> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            open: AtomicUsize::new(0),
            limit,
        }
    }

    /// Returns how many loads are under way.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The table's own hash uses the low and the highest bits, so the shard is chosen by bits between.
    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<R>> {
        let index = usize::try_from((hash >> 40) % SHARDS as u64).unwrap_or_default();
        #[expect(
            clippy::indexing_slicing,
            reason = "the remainder is below the number of shards"
        )]
        lock(&self.shards[index])
    }

    /// Joins the flight of a key, or opens it.
    pub(crate) fn enter(self: &Arc<Self>, key: Key<'_>) -> Entered<R> {
        let mut shard = self.shard(key.hash());
        let place = match shard.entry(
            key.hash(),
            |flight| flight.key.as_key() == key,
            |flight| flight.key.hash(),
        ) {
            Entry::Occupied(open) => return Entered::Joined(Arc::clone(open.get())),
            Entry::Vacant(place) => place,
        };
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.limit {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Entered::Full;
        }
        let flight = Arc::new(Flight::new(key.to_owned()));
        place.insert(Arc::clone(&flight));
        Entered::Leading(Leader {
            table: Arc::clone(self),
            flight,
            has_ended: false,
        })
    }

    /// Takes a flight out, if it is still the one in the table.
    fn leave(&self, flight: &Arc<Flight<R>>) {
        let mut shard = self.shard(flight.key.hash());
        if let Ok(open) = shard.find_entry(flight.key.hash(), |open| Arc::ptr_eq(open, flight)) {
            open.remove();
        }
    }

    /// Fences the flight of a key: it leaves the table in the same step. If its leader is publishing already, the flight is
    /// returned, and the caller waits for its end.
    pub(super) fn fence(&self, key: Key<'_>) -> Option<Arc<Flight<R>>> {
        let mut shard = self.shard(key.hash());
        let open = shard
            .find_entry(key.hash(), |flight| flight.key.as_key() == key)
            .ok()?;
        match open.get().fence() {
            Fenced::Publishing => Some(Arc::clone(open.get())),
            Fenced::Now | Fenced::Before => {
                open.remove();
                None
            }
        }
    }

    /// Fences one flight of a key, if it is still the open one: for a load that learns that its key was changed elsewhere.
    pub(crate) fn fence_one(&self, key: Key<'_>, id: u64) {
        let mut shard = self.shard(key.hash());
        let Ok(open) = shard.find_entry(key.hash(), |flight| flight.key.as_key() == key) else {
            return;
        };
        if open.get().id() == id && !matches!(open.get().fence(), Fenced::Publishing) {
            open.remove();
        }
    }

    /// Fences every flight of a scope; returns those whose leaders are publishing already.
    pub(super) fn fence_scope(&self, scope: &Scope<'_>) -> Vec<Arc<Flight<R>>> {
        self.fence_where(|flight| scope.contains(&flight.key.as_key()), |_| ())
    }

    /// Fences every flight and gives its callers this answer; returns those whose leaders are publishing already.
    pub(crate) fn fence_all(&self, answer: &R) -> Vec<Arc<Flight<R>>>
    where
        R: Clone,
    {
        self.fence_where(|_| true, |flight| flight.answer_with(answer.clone()))
    }

    fn fence_where(
        &self,
        wanted: impl Fn(&Flight<R>) -> bool,
        met: impl Fn(&Flight<R>),
    ) -> Vec<Arc<Flight<R>>> {
        let mut publishing = Vec::new();
        for shard in &self.shards {
            let mut fenced = Vec::new();
            lock(shard).retain(|flight| {
                if !wanted(flight) {
                    return true;
                }
                let stays = matches!(flight.fence(), Fenced::Publishing);
                if stays { &mut publishing } else { &mut fenced }.push(Arc::clone(flight));
                stays
            });
            // Answering wakes callers, so it happens after the shard's lock was let go.
            fenced.iter().for_each(|flight| met(flight));
        }
        publishing.iter().for_each(|flight| met(flight));
        publishing
    }
}

fn lock<R>(shard: &Mutex<Shard<R>>) -> MutexGuard<'_, Shard<R>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right and the duty to end a flight. Dropped without an end (its task was dropped, or panicked), the flight leaves the
/// table and its callers learn that there is no answer: the next of them takes over.
#[derive(Debug)]
pub(crate) struct Leader<R> {
    table: Arc<FlightTable<R>>,
    flight: Arc<Flight<R>>,
    has_ended: bool,
}

impl<R> Leader<R> {
    pub(crate) fn flight(&self) -> &Arc<Flight<R>> {
        &self.flight
    }

    /// Ends the flight with an answer.
    pub(crate) fn finish(mut self, answer: R) {
        self.end(Some(answer));
    }

    /// The order matters: what was loaded is stored by now; the flight leaves the table, so that nobody can join it any more;
    /// then who waits goes on.
    fn end(&mut self, answer: Option<R>) {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.table.leave(&self.flight);
            self.table.open.fetch_sub(1, Ordering::Relaxed);
            self.flight.close(answer);
        }
    }
}

impl<R> Drop for Leader<R> {
    fn drop(&mut self) {
        self.end(None);
    }
}
