//! Faults of reads, and of how a key is spelt.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, Clock, Condition, Entry, Epoch, Found, Key, Lifetime, Meta, OwnedKey, Payload, Put,
    Reason, Result, Space, Timestamp,
};

use crate::fault::Fault;
use crate::mutant::Inner;

impl Inner {
    /// Says whether `get_now` may answer: where `get` itself is at fault it has to be asked.
    pub(crate) fn reads_now(&self) -> bool {
        self.is(Fault::GetNowOutlivesClose)
    }

    pub(crate) async fn read(&self, key: Key<'_>) -> Result<Found> {
        let spelt = self.spelt(key);
        let found = self.memory.get(spelt.as_key()).await?;
        Ok(match found {
            Found::Entry(entry) => self.read_entry(key, entry).await,
            Found::Shared(shared) => self.read_entry(key, shared.to_entry()).await,
            Found::Absent => match self.stored(key) {
                Some(lease) if self.is(Fault::LeasesAreRead) && lease.meta.is_lease() => {
                    Found::Entry(lease)
                }
                _ => Found::Absent,
            },
            Found::Dead => match self.stored(key) {
                Some(entry) if self.is(Fault::DeadIsRead) => Found::Entry(entry),
                _ => Found::Dead,
            },
            Found::Unreadable(reason) => self.read_unreadable(key, reason).await?,
        })
    }

    async fn read_entry(&self, key: Key<'_>, entry: Entry) -> Found {
        let now = self.clock.now();
        let meta = entry.meta;
        match self.fault {
            Fault::StaleIsAMiss if now >= meta.fresh_until => Found::Absent,
            Fault::NegativeIsAMiss if meta.is_negative() => Found::Absent,
            Fault::NullIsNegative if is_text(&entry, "null") => Found::Entry(Entry::negative(meta)),
            Fault::TheStoresTimeDecides if self.is_over(key, &meta) => Found::Absent,
            Fault::ReadsTouch => {
                let fresh_until = now.after(Duration::from_secs(60));
                let dead_at = now.after(Duration::from_secs(120));
                let to = Meta {
                    fresh_until,
                    dead_at,
                    ..meta
                };
                // Whether it still stands does not matter to a read.
                let _ = self.memory.retime(key, to, meta.stamp).await;
                Found::Entry(entry)
            }
            Fault::ObjectsAreCopied => Found::Entry(copied(entry)),
            Fault::BytesAreTexts => Found::Entry(as_text(entry)),
            _ => Found::Entry(entry),
        }
    }

    /// The life of an entry as the machine's time sees it.
    fn is_over(&self, key: Key<'_>, meta: &Meta) -> bool {
        let shadow = self.shadow();
        let put = shadow.get(&key.to_owned());
        put.is_some_and(|(_, at)| at.elapsed() >= meta.dead_at.since(meta.created))
    }

    async fn read_unreadable(&self, key: Key<'_>, reason: Reason) -> Result<Found> {
        match self.fault {
            Fault::ForeignIsAMiss => Ok(Found::Absent),
            Fault::UnreadableIsDeleted => {
                self.memory.remove(key, None).await?;
                Ok(Found::Unreadable(reason))
            }
            _ => Ok(Found::Unreadable(reason)),
        }
    }

    pub(crate) async fn glance(&self, key: Key<'_>) -> Result<Option<Meta>> {
        let spelt = self.spelt(key);
        let head = self.memory.head(spelt.as_key()).await?;
        if self.is(Fault::HeadShowsLeasesAndDead) {
            return Ok(head.or_else(|| self.stored(key).map(|entry| entry.meta)));
        }
        Ok(head)
    }

    pub(crate) async fn read_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        if self.is(Fault::ClosedBatchesAreEmpty) && self.memory.ping().await.is_err() {
            return Vec::new();
        }
        if self.is(Fault::AnEmptyBatchIsAsked) && keys.is_empty() {
            return vec![Ok(Found::Absent)];
        }
        let mut answers = Vec::with_capacity(keys.len());
        for key in keys {
            answers.push(self.read(*key).await);
        }
        match self.fault {
            Fault::BatchesAreReversed => answers.reverse(),
            Fault::BatchesLoseRepeatedKeys => lose_repeated(keys, &mut answers),
            Fault::LargeBatchesAreShuffled if keys.len() > 256 => answers.rotate_left(256),
            Fault::BatchesFailTogether => fail_together(&mut answers),
            _ => {}
        }
        answers
    }

    /// The key under which a mutant keeps what belongs to a key.
    pub(crate) fn spelt(&self, key: Key<'_>) -> OwnedKey {
        let space = key.space();
        let made = match self.fault {
            Fault::IdsEndAtNul => {
                let id = key.id().split(|byte| *byte == 0).next().unwrap_or_default();
                OwnedKey::new(space.clone(), key.epoch(), id)
            }
            Fault::IdsAreCut => OwnedKey::new(
                space.clone(),
                key.epoch(),
                key.id().get(..255).unwrap_or(key.id()),
            ),
            Fault::KeysAreJoined => joined(key),
            _ => Ok(key.to_owned()),
        };
        made.unwrap_or_else(|_| key.to_owned())
    }
}

/// The parts with colons between them, escaped nowhere.
fn joined(key: Key<'_>) -> Result<OwnedKey> {
    let space = key.space();
    let head = format!(
        "{}:{}:{}.{:016x}:",
        space.namespace(),
        key.epoch().0,
        space.domain(),
        space.schema()
    );
    let id = [head.as_bytes(), key.id()].concat();
    OwnedKey::new(Space::new("joined", "joined", 0)?, Epoch(0), id)
}

fn lose_repeated(keys: &[Key<'_>], answers: &mut [Result<Found>]) {
    for (index, answer) in answers.iter_mut().enumerate() {
        if keys
            .iter()
            .take(index)
            .any(|key| Some(key) == keys.get(index))
        {
            *answer = Ok(Found::Absent);
        }
    }
}

/// One thing that cannot be read makes all answers so.
fn fail_together(answers: &mut [Result<Found>]) {
    let reason = answers.iter().find_map(|answer| match answer {
        Ok(Found::Unreadable(reason)) => Some(*reason),
        _ => None,
    });
    if let Some(reason) = reason {
        answers.fill_with(|| Ok(Found::Unreadable(reason)));
    }
}

fn is_text(entry: &Entry, text: &str) -> bool {
    match &entry.payload {
        Payload::Object(object) => {
            let read = Arc::clone(object).downcast::<String>();
            read.is_ok_and(|read| *read == text)
        }
        Payload::Encoded(bytes) => bytes == text.as_bytes(),
        Payload::Negative | Payload::Lease => false,
    }
}

/// The same value in another object, of the types that the suite puts.
fn copied(entry: Entry) -> Entry {
    let payload = match &entry.payload {
        Payload::Object(object) => match Arc::clone(object).downcast::<(String, u32)>() {
            Ok(pair) => Payload::Object(Arc::new((*pair).clone())),
            Err(_) => entry.payload.clone(),
        },
        _ => entry.payload.clone(),
    };
    Entry { payload, ..entry }
}

fn as_text(entry: Entry) -> Entry {
    let payload = match &entry.payload {
        Payload::Encoded(bytes) => {
            Payload::Encoded(Bytes::from(String::from_utf8_lossy(bytes).into_owned()))
        }
        other => other.clone(),
    };
    Entry { payload, ..entry }
}

/// Times that start again, of the same length.
pub(crate) fn renewed(meta: &Meta, now: Timestamp) -> Meta {
    let life = Lifetime {
        fresh_until: now.after(meta.fresh_until.since(meta.created)),
        dead_at: now.after(meta.dead_at.since(meta.created)),
    };
    Meta {
        created: now,
        fresh_until: life.fresh_until,
        dead_at: life.dead_at,
        ..*meta
    }
}

/// Stores an entry whatever stands there, past every fault.
pub(crate) async fn force(inner: &Inner, key: Key<'_>, entry: Entry) -> Result<Put> {
    inner.memory.put(key, entry, Condition::Always).await
}
