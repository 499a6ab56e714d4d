//! Values of the types that a domain's type has replaced: read where the own address has nothing, converted, and kept.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use cache_core::{AnyBackend, Backend};
use cache_core::{
    Capability, CodecKind, Condition, Entry, Epoch, Error, ErrorKind, Found, Key, Life, Meta,
    Operation, Payload, Put, Result, Schema, Space, Stamp, loops,
};
use futures_util::future::join_all;
use serde::de::DeserializeOwned;

use crate::core::{Answer, Core, Held};
use crate::counters::Count;
use crate::deadline::within;
use crate::flight::Load;
use crate::inner::Inner;
use crate::load::Lease;
use crate::lookup::{Cached, Lookup};
use crate::versions::Versioned;

type Convert<T> = dyn Fn(CodecKind, &[u8]) -> Result<T> + Send + Sync;

/// How a value of an earlier type becomes one of this type.
pub(crate) struct Migration<T> {
    schema: u64,
    convert: Box<Convert<T>>,
}

impl<T> Migration<T> {
    pub(crate) fn new<A>(convert: impl Fn(A) -> T + Send + Sync + 'static) -> Self
    where
        A: Schema + DeserializeOwned,
    {
        Self {
            schema: A::FINGERPRINT,
            convert: Box::new(move |codec, bytes| Ok(convert(codec.decode(bytes)?))),
        }
    }
}

impl<T> fmt::Debug for Migration<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Migration({:016x})", self.schema)
    }
}

/// An earlier type of a domain, on a store where its values may still be.
pub(crate) struct Predecessor<T> {
    space: Space,
    convert: Box<Convert<T>>,
}

/// What was found under an earlier type's address.
pub(crate) struct Inherited<T> {
    entry: Entry,
    value: Arc<T>,
}

/// What stands under an earlier type's address.
pub(crate) enum Before<T> {
    /// Nothing that counts.
    Nothing,
    Value(Inherited<T>),
    /// Something that this release cannot read, or not convert, and another one may.
    Unreadable,
}

impl<T> Before<T> {
    /// Who reads takes what cannot be read for nothing.
    fn value(self) -> Option<Inherited<T>> {
        match self {
            Self::Value(inherited) => Some(inherited),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// Settles a domain's migrations.
///
/// # Errors
/// `InvalidConfig` where values outlive the process and the application has no release: then nobody knows who else is at
/// work, and an invalidation here would not reach what is still to be migrated.
pub(crate) fn settle<T>(
    core: &Core,
    name: &str,
    schema: u64,
    migrations: Vec<Migration<T>>,
) -> Result<Vec<Predecessor<T>>> {
    let powers = core.store.info().capabilities;
    let outlives = powers.has(Capability::Shared) || powers.has(Capability::Persistent);
    if migrations.is_empty() || !outlives {
        return Ok(Vec::new());
    }
    let refused = |why: &str| {
        let message = format!("domain `{name}`: {why}");
        Err(Error::new(ErrorKind::InvalidConfig, message).operation(Operation::Build))
    };
    if core.versions.is_none() {
        return refused(
            "migrations need to know the application's release; set `CacheBuilder::release`",
        );
    }
    if migrations.iter().any(|one| one.schema == schema) {
        return refused("a migration from the domain's own type; accepted are types that differ");
    }
    let settled = migrations.into_iter().map(|Migration { schema, convert }| {
        let space = Space::new(&core.namespace, name, schema)?;
        Ok(Predecessor { space, convert })
    });
    settled.collect()
}

/// A domain as those see it who look after the entries of all releases, whatever its type.
pub(crate) trait Kept: Send + Sync {
    fn space(&self) -> &Space;

    fn epoch(&self) -> Epoch;

    /// Says whether values of a type are converted.
    fn takes_from(&self, schema: u64) -> bool;

    /// Converts a value of an earlier type, for the rest of its time. `None` if it is none, or the conversion fails.
    fn converted(&self, schema: u64, entry: &Entry) -> Option<Entry>;

    /// Says whether an entry at the own address can be read.
    fn reads(&self, entry: &Entry) -> bool;
}

impl<T: Send + Sync + 'static> Kept for Inner<T> {
    fn space(&self) -> &Space {
        &self.space
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn takes_from(&self, schema: u64) -> bool {
        self.predecessor(schema).is_some()
    }

    fn converted(&self, schema: u64, entry: &Entry) -> Option<Entry> {
        let value = Self::value(self.predecessor(schema)?, entry)?;
        let entry = entry.clone();
        self.repacked(&Inherited { entry, value }).ok()
    }

    fn reads(&self, entry: &Entry) -> bool {
        self.packing
            .unpack(&entry.meta, entry.payload.clone())
            .is_ok()
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    fn predecessor(&self, schema: u64) -> Option<&Predecessor<T>> {
        let mut predecessors = self.predecessors.iter();
        predecessors.find(|one| one.space.schema() == schema)
    }

    /// Says whether an earlier type's value would answer a miss.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub(crate) async fn would_inherit(&self, key: Key<'_>) -> Result<bool> {
        Ok(self.inherits() && self.inherited(key).await?.value().is_some())
    }

    /// Says whether a miss may be answered by an earlier type's value.
    #[inline]
    pub(crate) fn inherits(&self) -> bool {
        !self.predecessors.is_empty() && !self.core.is_bypassed()
    }

    /// Returns the store without its notion of releases: here, addresses of others are read on purpose.
    fn below(&self) -> Option<&AnyBackend> {
        self.core.versions.as_ref().map(Versioned::get_ref)
    }

    /// Looks for a fresh value of an earlier type.
    pub(crate) async fn inherited(&self, key: Key<'_>) -> Result<Before<T>> {
        let inherited = self.inherited_many(&[key]).await.pop();
        inherited.unwrap_or(Ok(Before::Nothing))
    }

    /// The same for all ids in one batch.
    async fn inherited_many(&self, keys: &[Key<'_>]) -> Vec<Result<Before<T>>> {
        let mut inherited: Vec<_> = keys.iter().map(|_| Ok(Before::Nothing)).collect();
        let (Some(store), Some(versions)) = (self.below(), self.core.versions.as_ref()) else {
            return inherited;
        };
        let mut asked = Vec::new();
        let mut addresses = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let listed = self.predecessors.iter();
            for predecessor in
                listed.filter(|one| versions.takes_over_from(*key, one.space.schema()))
            {
                if let Ok(address) = Key::new(&predecessor.space, key.epoch(), key.id()) {
                    asked.push((place, predecessor));
                    addresses.push(address);
                }
            }
        }
        if addresses.is_empty() {
            return inherited;
        }
        let reading = async {
            if store.info().capabilities.has(Capability::Batch) {
                Ok(store.get_many(&addresses).await)
            } else {
                Ok(loops::get_each(store, &addresses).await)
            }
        };
        let found = within(self.core.question, reading).await;
        let found =
            found.unwrap_or_else(|error| asked.iter().map(|_| Err(error.clone())).collect());
        for ((place, predecessor), found) in asked.into_iter().zip(found) {
            let Some(key) = keys.get(place) else { continue };
            // What is no longer read here is not read under another address either.
            let is_below = |entry: &Entry| versions.is_below(*key, &entry.meta);
            let found = found.map(|found| self.convert(predecessor, found, is_below));
            match (inherited.get_mut(place), &found) {
                (Some(free @ Ok(Before::Nothing)), _)
                | (Some(free @ Ok(Before::Unreadable)), Ok(Before::Value(_))) => *free = found,
                _ => {}
            }
        }
        inherited
    }

    /// Converts what is fresh.
    fn convert(
        &self,
        predecessor: &Predecessor<T>,
        found: Found,
        is_below: impl Fn(&Entry) -> bool,
    ) -> Before<T> {
        let entry = match found.unshared() {
            Found::Entry(entry) => entry,
            Found::Unreadable(reason) if !reason.yields_to_absent() => return Before::Unreadable,
            _ => return Before::Nothing,
        };
        let is_encoded = matches!(entry.payload, Payload::Encoded(_));
        let life = self.judge.life(&entry.meta, self.judge.clock().now());
        if is_below(&entry) || !is_encoded || life != Life::Fresh {
            return Before::Nothing;
        }
        match Self::value(predecessor, &entry) {
            Some(value) => Before::Value(Inherited { value, entry }),
            None => Before::Unreadable,
        }
    }

    /// Makes a value of what an earlier type's entry holds. A conversion that panics makes none.
    fn value(predecessor: &Predecessor<T>, entry: &Entry) -> Option<Arc<T>> {
        let (Payload::Encoded(bytes), Some(codec)) = (&entry.payload, entry.meta.codec) else {
            return None;
        };
        let convert = AssertUnwindSafe(|| (predecessor.convert)(codec, bytes).ok());
        catch_unwind(convert).ok().flatten().map(Arc::new)
    }

    /// Packs a converted value under the times of what it was made of.
    fn repacked(&self, inherited: &Inherited<T>) -> Result<Entry> {
        let meta = Meta {
            stamp: Stamp::next(),
            ..inherited.entry.meta
        };
        let entry = self.pack(meta, Arc::clone(&inherited.value), None)?;
        Ok(Entry {
            extensions: inherited.entry.extensions.clone(),
            ..entry
        })
    }

    /// Answers a miss by an earlier type's value, if there is one, and keeps it under the own address.
    pub(crate) async fn inherit(self: &Arc<Self>, key: Key<'_>) -> Option<Cached<T>> {
        let mut inherited = self.inherit_many(&[key]).await;
        inherited.pop().flatten()
    }

    /// Answers misses, each. Where the store does not answer, a miss stays one: the read itself was answered before.
    pub(crate) async fn inherit_many(self: &Arc<Self>, keys: &[Key<'_>]) -> Vec<Option<Cached<T>>> {
        let inherited = self.inherited_many(keys).await;
        let kept = keys
            .iter()
            .zip(inherited)
            .map(|(key, inherited)| async { self.keep(*key, inherited.ok()?.value()?).await });
        join_all(kept).await
    }

    /// Stores a converted value as a load would be: over a lease, and read once more after that, so that a change meanwhile
    /// keeps it out. `None` if it is gone by now.
    async fn keep(self: &Arc<Self>, key: Key<'_>, first: Inherited<T>) -> Option<Cached<T>> {
        let meta = self.lease_meta().ok()?;
        let lease = Lease::new(self, &key.to_owned(), meta.stamp);
        let store = &self.core.loads;
        let leased = store.put(key, Entry::lease(meta), Condition::Absent);
        let inherited = match within(self.core.deadline, leased).await {
            Ok(Put::Stored(_)) => {
                let again = self.inherited(key).await.ok().and_then(Before::value);
                match again.as_ref().map(|again| self.repacked(again)) {
                    Some(Ok(entry)) => {
                        let put = store.put(key, entry, Condition::If(meta.stamp));
                        match within(self.core.deadline, put).await {
                            Ok(_) => lease.leave(),
                            // Dropped, the lease goes: the next load is not to wait for it.
                            Err(error) => {
                                self.note_failure(Some(key), Operation::Put, error);
                            }
                        }
                    }
                    Some(Err(_)) | None => lease.release().await,
                }
                again?
            }
            // Somebody loads it: what was read is an answer all the same.
            Ok(Put::Refused(_)) => {
                lease.leave();
                first
            }
            Err(_) => first,
        };
        self.counts.add(Count::Migrated);
        Some(self.told(inherited))
    }

    /// Returns how long it is until earlier types' values are taken over; `None` if no release is listed with such a type.
    pub(crate) fn inherits_in(&self, key: Key<'_>) -> Option<Duration> {
        let versions = self.core.versions.as_ref()?;
        let mut schemas = self.predecessors.iter().map(|one| one.space.schema());
        schemas.find_map(|schema| versions.takes_over_in(key, schema))
    }

    pub(crate) fn told(&self, inherited: Inherited<T>) -> Cached<T> {
        let now = self.judge.clock().now();
        Cached::new(inherited.value, &inherited.entry.meta, now, false)
    }

    /// What a load publishes instead of asking its loader. Under the load's own lease, or inside its flight.
    pub(crate) async fn inherited_load(&self, key: Key<'_>) -> Option<Load<Answer>> {
        if !self.inherits() {
            return None;
        }
        let inherited = self.inherited(key).await.ok()?.value()?;
        let entry = self.repacked(&inherited).ok()?;
        self.counts.add(Count::Migrated);
        Some(Load {
            answer: Ok(Held::value(&inherited.value, entry.meta)),
            entry: Some(entry),
        })
    }

    /// Turns a look-up that found nothing into one that found an earlier type's value.
    pub(crate) async fn or_inherited(
        self: &Arc<Self>,
        key: Key<'_>,
        lookup: Lookup<T>,
    ) -> Lookup<T> {
        match lookup {
            Lookup::Miss(_) if self.inherits() => match self.inherit(key).await {
                Some(value) => Lookup::Fresh(value),
                None => lookup,
            },
            other => other,
        }
    }

    /// The same for a batch.
    pub(crate) async fn or_inherited_many(
        self: &Arc<Self>,
        keys: &[Key<'_>],
        mut read: Vec<Result<Lookup<T>>>,
    ) -> Vec<Result<Lookup<T>>> {
        if !self.inherits() {
            return read;
        }
        let missed = keys.iter().zip(&read).enumerate();
        let missed = missed.filter(|(_, (_, read))| matches!(read, Ok(Lookup::Miss(_))));
        let (places, keys): (Vec<_>, Vec<_>) =
            missed.map(|(place, (key, _))| (place, *key)).unzip();
        for (place, inherited) in places.into_iter().zip(self.inherit_many(&keys).await) {
            if let (Some(free), Some(value)) = (read.get_mut(place), inherited) {
                *free = Ok(Lookup::Fresh(value));
            }
        }
        read
    }
}
