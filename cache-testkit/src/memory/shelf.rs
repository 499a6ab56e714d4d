//! The map itself, with what is counted about it in constant time.

use std::collections::HashMap;

use cache_core::{
    Condition, Judge, Key, Meta, OwnedKey, Page, PayloadForm, Put, Removed, Scope, Stamp, Stats,
    loops,
};

use super::held::Held;

#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    entries: HashMap<OwnedKey, Held>,
    capacity: Option<u64>,
    bytes: u64,
    evictions: u64,
    removals: u64,
}

impl Shelf {
    pub(super) fn set_capacity(&mut self, entries: u64) {
        self.capacity = Some(entries);
    }

    /// Begins with the entries of another shelf.
    pub(super) fn take_entries_of(&mut self, other: &Self) {
        for (key, held) in &other.entries {
            self.insert(key, held.clone());
        }
    }

    pub(super) fn get(&self, key: Key<'_>) -> Option<&Held> {
        self.entries.get(&key.to_owned())
    }

    pub(super) fn insert(&mut self, key: &OwnedKey, held: Held) {
        self.bytes = self.bytes.saturating_add(held.weight());
        if let Some(old) = self.entries.insert(key.clone(), held) {
            self.bytes = self.bytes.saturating_sub(old.weight());
        }
        self.evict_beside(key);
    }

    fn evict_beside(&mut self, newest: &OwnedKey) {
        while self.capacity.is_some_and(|limit| self.len() > limit) {
            let Some(victim) = self.entries.keys().find(|key| *key != newest).cloned() else {
                return;
            };
            self.take(&victim);
            self.evictions += 1;
        }
    }

    /// Stores under a condition.
    pub(super) fn put(
        &mut self,
        judge: &Judge,
        key: Key<'_>,
        (meta, held): (Meta, Held),
        when: Condition,
    ) -> Put {
        let standing = match self.get(key).map(|held| held.meta(key.space().schema())) {
            None => None,
            Some(Ok(meta)) => Some(meta),
            // Nobody can read it: as good as nothing. Another release might: left alone by a conditional put.
            Some(Err(reason)) if reason.yields_to_absent() => None,
            Some(Err(_)) if when == Condition::Always => None,
            Some(Err(_)) => return Put::Refused(None),
        };
        if !judge.admits(when, &meta, standing.as_ref()) {
            return Put::Refused(standing);
        }
        self.insert(&key.to_owned(), held);
        Put::Stored(meta.stamp)
    }

    pub(super) fn remove(&mut self, key: Key<'_>, only: Option<Stamp>) -> Removed {
        let Some(held) = self.get(key) else {
            return Removed::Missing;
        };
        if let Some(stamp) = only {
            let standing = held.meta(key.space().schema());
            if standing.ok().is_none_or(|meta| meta.stamp != stamp) {
                return Removed::Missing;
            }
        }
        self.take(&key.to_owned());
        self.removals += 1;
        Removed::Existed
    }

    /// Puts times on what stands there, if it is exactly `over`.
    pub(super) fn retime(
        &mut self,
        form: PayloadForm,
        key: Key<'_>,
        to: &Meta,
        over: Stamp,
    ) -> Put {
        let schema = key.space().schema();
        let Some(Ok(mut entry)) = self.get(key).map(|held| held.entry(schema)) else {
            return Put::Refused(None);
        };
        if entry.meta.stamp != over {
            return Put::Refused(Some(entry.meta));
        }
        entry.meta = entry.meta.retimed(to);
        let stamp = entry.meta.stamp;
        let Some(held) = Held::of(entry, form, schema) else {
            return Put::Refused(None);
        };
        self.insert(&key.to_owned(), held);
        Put::Stored(stamp)
    }

    pub(super) fn clear(&mut self, scope: Scope<'_>) {
        let gone: Vec<_> = self
            .entries
            .keys()
            .filter(|key| scope.contains(&key.as_key()))
            .cloned()
            .collect();
        for key in gone {
            self.take(&key);
            self.removals += 1;
        }
    }

    pub(super) fn live(&self, judge: &Judge, scope: Scope<'_>) -> Page {
        let readable = self.entries.iter().filter_map(|(key, held)| {
            let meta = held.meta(key.as_key().space().schema()).ok()?;
            Some((key.clone(), meta))
        });
        loops::live_in(judge, scope, readable)
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        stats.entries = Some(self.len());
        stats.bytes = Some(self.bytes);
        stats.max_entries = self.capacity;
        stats.evictions = self.capacity.map(|_| self.evictions);
        stats.removals = Some(self.removals);
        stats
    }

    fn len(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    fn take(&mut self, key: &OwnedKey) {
        if let Some(held) = self.entries.remove(key) {
            self.bytes = self.bytes.saturating_sub(held.weight());
        }
    }
}
