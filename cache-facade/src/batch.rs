//! Batches: one question to the store for many ids, an answer per id. One failing id does not hide the others.

use std::sync::Arc;

use cache_core::{
    Backend, Capability, Condition, IdBuf, Key, KeyPart, Operation, OwnedKey, PutItem, Removed,
    Result,
};

use crate::counters::Count;
use crate::deadline::{batch_within, each_within, no_answer};
use crate::domain::Domain;
use crate::flight::Target;
use crate::inner::{Ended, Inner};
use crate::lookup::{Cached, Lookup, MissReason, Seen};
use crate::write::PutOptions;

impl<T: Send + Sync + 'static> Domain<T> {
    /// Returns the fresh values of ids, in the order asked. Ids may repeat.
    ///
    /// # Errors
    /// Per id, as [`Domain::lookup`].
    ///
    /// # Example
    /// ```
    /// # use cache_facade::{Cache, Cacheable, domain};
    /// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
    /// # #[cacheable(domain = "price", ttl = "6h")]
    /// # struct Price(u64);
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let cache = Cache::builder().domain(domain::<Price>()).build()?;
    /// # let prices = cache.domain::<Price>()?;
    /// prices.put_many([(587, Price(350_000)), (670, Price(1))]).await;
    /// let found = prices.get_many([670, 34, 587]).await;
    /// let found: Vec<_> = found.into_iter().map(|one| Ok(one?.map(|price| price.0))).collect::<cache_facade::Result<_>>()?;
    /// assert_eq!(found, [Some(1), None, Some(350_000)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn get_many<I: KeyPart>(
        &self,
        ids: impl IntoIterator<Item = I> + Send,
    ) -> Vec<Result<Option<Cached<T>>>> {
        let ids = Ids::of(ids);
        self.inner.get_many(&ids).await
    }

    /// Stores values for the domain's TTL: a result per value, in order. Of values for one id the last one stays.
    ///
    /// # Errors
    /// Per value, as [`Domain::put`].
    pub async fn put_many<I: KeyPart, V: Into<Arc<T>>>(
        &self,
        values: impl IntoIterator<Item = (I, V)> + Send,
    ) -> Vec<Result<()>> {
        let (keys, values): (Vec<_>, Vec<Arc<T>>) = values
            .into_iter()
            .map(|(id, value)| (self.inner.owned_key(&id), value.into()))
            .unzip();
        self.inner.put_many(&keys, values).await
    }

    /// Removes the values of ids: a result per id, in order. The promise is that of [`Domain::invalidate`], for each.
    ///
    /// # Errors
    /// Per id, as [`Domain::put`].
    pub async fn invalidate_many<I: KeyPart>(
        &self,
        ids: impl IntoIterator<Item = I> + Send,
    ) -> Vec<Result<Removed>> {
        let keys = self.inner.keys(ids);
        self.inner.invalidate_many(&keys).await
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    fn owned_key(&self, id: &impl KeyPart) -> Result<OwnedKey> {
        self.key(id.id_bytes(&mut IdBuf::new()))
            .map(|key| key.to_owned())
    }

    fn keys<I: KeyPart>(&self, ids: impl IntoIterator<Item = I>) -> Vec<Result<OwnedKey>> {
        ids.into_iter().map(|id| self.owned_key(&id)).collect()
    }

    fn has_batches(&self) -> bool {
        self.store.info().capabilities.has(Capability::Batch)
    }

    async fn get_many(self: &Arc<Self>, ids: &Ids) -> Vec<Result<Option<Cached<T>>>> {
        let keys: Vec<Result<Key<'_>>> = ids.iter().map(|id| self.key(id)).collect();
        let keys = keys.as_slice();
        let good: Vec<Key<'_>> = keys.iter().flatten().copied().collect();
        if let (true, Err(closed)) = (
            self.core.is_bypassed(),
            self.core.ensure_open(Operation::GetMany),
        ) {
            return keys.iter().map(|_| Err(closed.clone())).collect();
        }
        if self.core.is_bypassed() {
            good.iter()
                .for_each(|key| self.note_read(*key, Seen::Miss(MissReason::Bypassed)));
            return spread(keys, good.iter().map(|_| Ok(None)));
        }
        let found = if self.has_batches() {
            batch_within(self.core.question, good.len(), self.store.get_many(&good)).await
        } else {
            each_within(self.core.deadline, &good, |key| self.store.get(*key)).await
        };
        let now = self.judge.clock().coarse();
        let read = good.iter().zip(found).map(|(key, found)| match found {
            Ok(found) => {
                let lookup = self.open(found, now);
                self.note_read(*key, lookup.seen());
                Ok(lookup)
            }
            Err(error) => {
                self.count_read(*key, Seen::Miss(MissReason::of_error(error.kind())));
                Err(self.note_failure(Some(*key), Operation::GetMany, error))
            }
        });
        #[cfg(feature = "versioning")]
        let read = self
            .or_inherited_many(&good, read.collect())
            .await
            .into_iter();
        spread(keys, read.map(|lookup| lookup.map(Lookup::fresh)))
    }

    async fn put_many(&self, keys: &[Result<OwnedKey>], values: Vec<Arc<T>>) -> Vec<Result<()>> {
        if let Err(closed) = self.core.ensure_open(Operation::PutMany) {
            return keys.iter().map(|_| Err(closed.clone())).collect();
        }
        let entries: Vec<_> = values
            .into_iter()
            .map(|value| self.entry(value, PutOptions::new()))
            .collect();
        // What cannot be packed is as good as a key that cannot be made: it gets its own error and is not sent.
        let keys: Vec<_> = keys
            .iter()
            .zip(&entries)
            .map(|(key, entry)| match entry {
                Ok(_) => key.clone(),
                Err(error) => Err(error.clone()),
            })
            .collect();
        let good = good(&keys);
        let items = keys.iter().zip(entries).filter_map(|(key, entry)| {
            let key = key.as_ref().ok()?.as_key();
            Some(PutItem {
                key,
                entry: entry.ok()?,
                when: Condition::Always,
            })
        });
        let act = self.store_many(&good, items.collect());
        let (stored, in_time) = self.fenced(Target::Keys(&good), act).await;
        let ended = self.conclude_each(&good, stored, in_time, Operation::PutMany, Count::Writes);
        spread(&keys, ended.into_iter())
    }

    /// Stores items; while the cache is bypassed, removes what stands there instead.
    async fn store_many(&self, keys: &[Key<'_>], items: Vec<PutItem<'_>>) -> Vec<Result<()>> {
        if self.core.is_bypassed() {
            return self
                .remove_many(keys)
                .await
                .into_iter()
                .map(|removed| removed.map(drop))
                .collect();
        }
        let stored = if self.has_batches() {
            batch_within(self.core.deadline, keys.len(), self.store.put_many(items)).await
        } else {
            each_within(self.core.deadline, &items, |item| {
                self.store.put(item.key, item.entry.clone(), item.when)
            })
            .await
        };
        stored.into_iter().map(|put| put.map(drop)).collect()
    }

    async fn invalidate_many(&self, keys: &[Result<OwnedKey>]) -> Vec<Result<Removed>> {
        if let Err(closed) = self.core.ensure_open(Operation::RemoveMany) {
            return keys.iter().map(|_| Err(closed.clone())).collect();
        }
        let good = good(keys);
        let (removed, in_time) = self
            .fenced(Target::Keys(&good), self.remove_many(&good))
            .await;
        let ended = self.conclude_each(
            &good,
            removed,
            in_time,
            Operation::RemoveMany,
            Count::Removed,
        );
        spread(keys, ended.into_iter())
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        if self.has_batches() {
            batch_within(self.core.deadline, keys.len(), self.store.remove_many(keys)).await
        } else {
            each_within(self.core.deadline, keys, |key| {
                self.store.remove(*key, None)
            })
            .await
        }
    }

    fn conclude_each<O>(
        &self,
        keys: &[Key<'_>],
        results: Vec<Result<O>>,
        in_time: bool,
        operation: Operation,
        count: Count,
    ) -> Vec<Result<O>> {
        let ended = keys.iter().zip(results).map(|(key, result)| match result {
            Ok(_) if !in_time => {
                Err(self.note_failure(Some(*key), operation, no_answer(self.core.deadline)))
            }
            Ok(outcome) => {
                self.note_change(Some(*key), operation, Ended::well(count));
                Ok(outcome)
            }
            Err(error) => Err(self.note_failure(Some(*key), operation, error)),
        });
        ended.collect()
    }
}

/// How long an id is taken to be, and for how many there is room from the start, whatever an iterator claims.
const USUAL_ID: usize = 12;
const MOST_ROOM: usize = 4_096;

/// The bytes of many ids, one after the other.
struct Ids {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Ids {
    fn of<I: KeyPart>(ids: impl IntoIterator<Item = I>) -> Self {
        let ids = ids.into_iter();
        let (least, _) = ids.size_hint();
        let mut all = Self {
            bytes: Vec::with_capacity(least.min(MOST_ROOM) * USUAL_ID),
            ends: Vec::with_capacity(least.min(MOST_ROOM)),
        };
        for id in ids {
            all.bytes.extend_from_slice(id.id_bytes(&mut IdBuf::new()));
            all.ends.push(all.bytes.len());
        }
        all
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let places = starts.zip(&self.ends);
        places.map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }
}

fn good(keys: &[Result<OwnedKey>]) -> Vec<Key<'_>> {
    keys.iter()
        .filter_map(|key| Some(key.as_ref().ok()?.as_key()))
        .collect()
}

/// Puts the answers for the good keys back among the errors of the others, in the order asked.
fn spread<K, O>(
    keys: &[Result<K>],
    mut answers: impl Iterator<Item = Result<O>>,
) -> Vec<Result<O>> {
    keys.iter()
        .map(|key| match key {
            Ok(_) => answers.next().unwrap_or_else(|| Err(too_few())),
            Err(error) => Err(error.clone()),
        })
        .collect()
}

fn too_few() -> cache_core::Error {
    cache_core::Error::new(
        cache_core::ErrorKind::Unexpected,
        "the store answered fewer items than it was asked for",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lie_one_after_the_other_and_may_be_empty() {
        let ids = Ids::of(["7", "", "Jita", ""]);
        let read: Vec<&[u8]> = ids.iter().collect();
        assert_eq!(read, [&b"7"[..], b"", b"Jita", b""]);
        assert_eq!(Ids::of([0_u64; 0]).iter().count(), 0);
    }
}
