//! Faults of writes: puts, retimes and removals.

use cache_core::{
    Backend, Clock, Condition, Entry, ErrorKind, Extensions, Flags, Found, Key, Meta, Operation,
    Payload, PayloadForm, Put, PutItem, Removed, Result, Stamp,
};
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::conditions::Decided;
use crate::fault::Fault;
use crate::mutant::Inner;
use crate::reads::{force, renewed};

impl Inner {
    pub(crate) async fn store(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if self.is(Fault::ScanLocksTheStore) && self.is_scanning() {
            return Err(Self::error(ErrorKind::Overloaded, Operation::Put));
        }
        let (entry, standing) = (self.altered(key, entry), self.stored(key));
        let put = match self.decided(key, &entry, when, standing.as_ref()).await? {
            Decided::Refused(put) => put,
            Decided::Under(when) => self.put_under(key, entry.clone(), when).await?,
        };
        if put.is_stored() {
            self.shadow()
                .insert(key.to_owned(), (entry, Instant::now()));
        }
        Ok(match put {
            Put::Refused(_) if self.is(Fault::RefusalsTellNothing) => Put::Refused(None),
            Put::Stored(_) if self.is(Fault::AnotherStampIsAnswered) => Put::Stored(Stamp::next()),
            put => put,
        })
    }

    async fn put_under(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if self.is(Fault::PutIsRemoveThenPut) && when != Condition::Absent {
            let admitted = match when {
                Condition::If(stamp) => self.stored(key).is_some_and(|old| old.meta.stamp == stamp),
                _ => true,
            };
            if admitted {
                self.memory.remove(key, None).await?;
                yield_now().await;
                return force(self, key, entry).await;
            }
        }
        let spelt = self.spelt(key);
        let put = self.memory.put(spelt.as_key(), entry, when).await;
        if self.is(Fault::TooLargeRemovesTheOld) && put.is_err() {
            self.memory.remove(key, None).await?;
        }
        put
    }

    /// What a mutant makes of an entry before it stores it.
    fn altered(&self, key: Key<'_>, entry: Entry) -> Entry {
        let old = self.stored(key);
        let mut entry = entry;
        match (self.fault, old) {
            (Fault::CreatedIsNow, _) => entry.meta = renewed(&entry.meta, self.clock.now()),
            (Fault::TheClaimIsLost, _) => entry.meta.claimed_until = cache_core::Timestamp::ZERO,
            (Fault::OverwriteKeepsExtensions, Some(old)) => {
                entry.extensions = entry.extensions.or(old.extensions);
            }
            (Fault::OverwriteKeepsTheLife, Some(old)) => {
                (entry.meta.fresh_until, entry.meta.dead_at) =
                    (old.meta.fresh_until, old.meta.dead_at);
            }
            (Fault::TheFirstTypeStays, Some(old)) => entry.payload = old.payload,
            (Fault::TooLargeIsStored, _) => entry = cut(entry, self.max_payload),
            (Fault::ObjectsBecomeEmptyBytes, _)
                if !is_object(self.info.payload) && matches!(entry.payload, Payload::Object(_)) =>
            {
                let codec = cache_core::CodecKind::Json;
                entry = Entry::encoded(entry.meta, codec, bytes::Bytes::new());
            }
            _ => {}
        }
        entry
    }

    pub(crate) async fn renew(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let old = self.stored(key);
        let refused = Ok(Put::Refused(old.as_ref().map(|old| old.meta)));
        let (mut to, mut over) = (to, over);
        match (self.fault, &old) {
            (Fault::RetimeIsAPut, Some(old)) if old.meta.stamp == over => {
                let found = self.memory.get(key).await?;
                // Until another put came between, or none comes.
                for _ in 0..300 {
                    yield_now().await;
                    if self.stored(key).is_none_or(|now| now.meta.stamp != over) {
                        break;
                    }
                }
                if let Found::Entry(entry) = found {
                    let meta = entry.meta.retimed(&to);
                    return self
                        .store(key, Entry { meta, ..entry }, Condition::Always)
                        .await;
                }
            }
            (Fault::RetimeTakesTheMarks | Fault::RetimeLosesExtensions, Some(old))
                if old.meta.stamp == over && !old.meta.is_lease() =>
            {
                return self.retime_badly(key, old.clone(), to).await;
            }
            (Fault::RetimeKeepsExpired, Some(old)) => {
                to.flags = to.flags.with(if old.meta.flags.contains(Flags::EXPIRED) {
                    Flags::EXPIRED
                } else {
                    Flags::NONE
                });
            }
            (Fault::RetimeIgnoresTheStamp, Some(old)) => over = old.meta.stamp,
            (Fault::RetimeMakesLeases, None) => {
                return self.store(key, Entry::lease(to), Condition::Always).await;
            }
            (Fault::RetimeNeedsANewStamp, _) if to.stamp == over => return refused,
            (Fault::RetimeKeepsDeadAt, Some(old)) => to.dead_at = old.meta.dead_at,
            (Fault::RetimeLosesExpired, _) => to.flags = Flags::NONE,
            (Fault::RetimeSparesLeases, Some(old)) if old.meta.is_lease() => return refused,
            _ => {}
        }
        let put = self
            .memory
            .retime(self.spelt(key).as_key(), to, over)
            .await?;
        if put.is_stored()
            && let Some((entry, _)) = self.shadow().get_mut(&key.to_owned())
        {
            entry.meta = entry.meta.retimed(&to);
        }
        Ok(put)
    }

    async fn retime_badly(&self, key: Key<'_>, old: Entry, to: Meta) -> Result<Put> {
        let mut entry = Entry {
            meta: old.meta.retimed(&to),
            ..old
        };
        if self.is(Fault::RetimeTakesTheMarks) {
            entry.meta.codec = to.codec;
            entry.meta.weight = to.weight;
        } else {
            entry.extensions = None::<std::sync::Arc<Extensions>>;
        }
        self.store(key, entry, Condition::Always).await
    }

    pub(crate) async fn take(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let old = self.stored(key);
        let found = self.memory.get(key).await?;
        let spared = match (self.fault, &old) {
            (Fault::RemoveOfAStampDoesNothing, _) => only.is_some(),
            (Fault::RemoveSparesLeases, Some(old)) => old.meta.is_lease(),
            (Fault::RemoveSparesDead, _) => matches!(found, Found::Dead),
            (Fault::RemoveSparesUnreadable, _) => matches!(found, Found::Unreadable(_)),
            _ => false,
        };
        if spared {
            return Ok(Removed::Missing);
        }
        let only = only.filter(|_| !self.is(Fault::RemoveIgnoresTheStamp));
        if self.is(Fault::RemoveTakesPrefixes) {
            self.remove_where(|other| other.id().starts_with(key.id()))
                .await?;
        }
        let spelt = self.spelt(key);
        let removed = self.memory.remove(spelt.as_key(), only).await?;
        if removed == Removed::Existed {
            self.shadow().remove(&key.to_owned());
            self.counter_follows(key);
        }
        Ok(if self.is(Fault::RemoveAlwaysExisted) {
            Removed::Existed
        } else {
            removed
        })
    }

    pub(crate) async fn store_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let mut answers = Vec::with_capacity(items.len());
        for PutItem { key, entry, when } in items {
            let when = if self.is(Fault::BatchesStoreAlways) {
                Condition::Always
            } else {
                when
            };
            answers.push(self.store(key, entry, when).await);
        }
        let failed = answers
            .iter()
            .find_map(|answer| answer.as_ref().err().cloned());
        if let Some(error) = failed.filter(|_| self.is(Fault::BatchesFailTogether)) {
            answers.fill_with(|| Err(error.clone()));
        }
        answers
    }

    pub(crate) async fn take_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let mut answers = Vec::with_capacity(keys.len());
        let mut missed = false;
        for key in keys {
            if missed && self.is(Fault::RemoveManyStopsAtAMiss) {
                answers.push(Ok(Removed::Unknown));
                continue;
            }
            let removed = self.take(*key, None).await;
            missed |= matches!(removed, Ok(Removed::Missing));
            answers.push(removed);
        }
        answers
    }
}

/// As much of a payload as may be stored.
fn cut(entry: Entry, most: usize) -> Entry {
    let weight = u32::try_from(most)
        .unwrap_or(u32::MAX)
        .min(entry.meta.weight);
    let payload = match &entry.payload {
        Payload::Encoded(bytes) => Payload::Encoded(bytes.slice(..bytes.len().min(most))),
        other => other.clone(),
    };
    Entry {
        meta: Meta {
            weight,
            ..entry.meta
        },
        payload,
        ..entry
    }
}

fn is_object(form: PayloadForm) -> bool {
    form == PayloadForm::Object
}
