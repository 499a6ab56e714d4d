//! Moves pages of old keys: look, lease, read, store, and remove what was moved (`place.rs`, `old.rs`).

use std::mem;
use std::time::Duration;

use backend_redis::ForeignKeys;
use bytes::Bytes;
use cache_core::{AnyBackend, Error, ErrorKind, Judge, OwnedKey, Pages};
use cache_facade::Versioned;
use tokio::time::{Instant, sleep};

use super::args::Migrate;
use super::place::LEASE;
use super::route::Route;
use super::tally::{Counts, End};

/// Values up to this size are read a page at a time, larger ones each apart: so that no more than a page of these, and one
/// larger one, is in memory.
const SMALL: usize = 64 << 10;

/// How many ids that others are loading are kept for later.
const MOST_LATER: usize = 1_024;

/// How long they are tried again: longer than a lease lives that nobody renews.
const PATIENCE: Duration = LEASE.saturating_add(Duration::from_secs(1));

const PAUSE: Duration = Duration::from_millis(50);

/// An old key, and the new key of its row.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) row: usize,
    pub(super) old: Vec<u8>,
    pub(super) key: OwnedKey,
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) is_dry: bool,
    pub(super) moves: bool,
    deletes: bool,
}

impl Mode {
    pub(super) fn of(arguments: &Migrate) -> Self {
        Self {
            is_dry: arguments.dry_run,
            moves: !arguments.no_move,
            deletes: arguments.delete,
        }
    }
}

/// Moves keys, and counts what became of them.
pub(super) struct Mover<'a> {
    pub(super) routes: &'a [Route],
    pub(super) foreign: &'a ForeignKeys,
    pub(super) versions: Versioned<AnyBackend>,
    /// The same store for what is loaded: it removes nothing that other releases have.
    pub(super) loads: Versioned<AnyBackend>,
    pub(super) judge: Judge,
    pub(super) mode: Mode,
    /// What was counted, by row.
    pub(super) counts: Vec<Counts>,
    /// What somebody else is loading.
    pub(super) later: Vec<Item>,
    trouble: Option<Error>,
}

/// An old key, and what was seen there.
pub(super) type Seen = (Item, Bytes);

impl<'a> Mover<'a> {
    pub(super) fn new(
        routes: &'a [Route],
        foreign: &'a ForeignKeys,
        versions: Versioned<AnyBackend>,
        judge: Judge,
        mode: Mode,
    ) -> Self {
        Self {
            routes,
            foreign,
            loads: versions.for_loads(),
            versions,
            judge,
            mode,
            counts: vec![Counts::default(); routes.len()],
            later: Vec::new(),
            trouble: None,
        }
    }

    /// Returns the counts, and what broke the work off.
    pub(super) fn end(self) -> (Vec<Counts>, Option<Error>) {
        (self.counts, self.trouble)
    }

    /// Handles some keys.
    pub(super) async fn page(&mut self, items: Vec<Item>) {
        for item in &items {
            if let Some(counts) = self.counts.get_mut(item.row) {
                counts.found += 1;
            }
        }
        self.some(items).await;
        if self.later.len() >= MOST_LATER {
            self.settle().await;
        }
    }

    /// Handles what others were loading, until they have ended or their leases have.
    pub(super) async fn settle(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let is_over = Instant::now() >= until;
            let mut again = mem::take(&mut self.later);
            while !again.is_empty() && !self.is_in_trouble() {
                let page = again.split_off(again.len().saturating_sub(Pages::PAGE));
                self.some(page).await;
            }
            self.later.append(&mut again);
            if self.later.is_empty() {
                return;
            }
            if is_over || self.is_in_trouble() {
                break;
            }
            sleep(PAUSE).await;
        }
        let end = match self.is_in_trouble() {
            true => End::Failed,
            false => End::Overtaken,
        };
        for item in mem::take(&mut self.later) {
            self.count(&item, end);
        }
    }

    /// Says whether the store is out of reach, or refuses.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// Takes note of why the work cannot go on.
    pub(super) fn give_up(&mut self, error: Error) {
        self.trouble.get_or_insert(error);
    }

    pub(super) fn count(&mut self, item: &Item, end: End) {
        if let Some(counts) = self.counts.get_mut(item.row) {
            counts.end(end);
        }
    }

    fn count_all(&mut self, items: &[Item], end: End) {
        items.iter().for_each(|item| self.count(item, end));
    }

    /// Takes note that the store refused a key. If it is not for the key's own sake, the work is given up.
    pub(super) fn fail(&mut self, item: &Item, error: Error) {
        if error.kind() == ErrorKind::TooLarge {
            return self.count(item, End::TooLarge);
        }
        self.count(item, End::Failed);
        self.give_up(error);
    }

    async fn some(&mut self, items: Vec<Item>) {
        for item in self.up_to(items, SMALL).await {
            self.up_to(vec![item], self.foreign.max_payload()).await;
        }
    }

    /// Handles keys whose values have at most so many bytes; returns the others.
    async fn up_to(&mut self, items: Vec<Item>, limit: usize) -> Vec<Item> {
        let (absent, mut present) = self.look(items).await;
        let (mut larger, mut seen) = (Vec::new(), Vec::new());
        if self.mode.moves {
            let free = self.lease(absent, &mut present).await;
            let values = self.read(free, limit, &mut larger).await;
            seen = self.store(values).await;
        } else {
            self.count_all(&absent, End::Absent);
        }
        if self.mode.deletes {
            seen.extend(self.read_again(present, limit, &mut larger).await);
            self.remove(seen).await;
        } else {
            self.count_all(&present, End::Present);
        }
        larger
    }
}
