//! A register of numbers on a backend: one key of it per history.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    AnyBackend, Backend, Clock, CodecKind, Condition, Entry, Epoch, Found, Lifetime, Meta,
    OwnedKey, Payload, PayloadForm, Put, Space, Stamp, Timestamp, Ttl,
};

use super::{Answer, Call, Value};
use crate::{Env, Failure, Outcome};

#[derive(Clone)]
pub(super) struct Register {
    pub(super) backend: AnyBackend,
    space: Space,
    created: Timestamp,
}

impl Register {
    pub(super) fn new(backend: AnyBackend, env: &Env) -> Outcome<Self> {
        Ok(Self {
            backend,
            space: Space::new(&env.namespace, "register", 1)?,
            created: env.clock.now(),
        })
    }

    pub(super) fn key(&self, history: u64) -> Outcome<OwnedKey> {
        let id = history.to_le_bytes();
        Ok(OwnedKey::new(self.space.clone(), Epoch(0), id)?)
    }

    /// Does one operation; values have the stamps of the table.
    pub(super) async fn perform(
        &self,
        key: &OwnedKey,
        call: Call,
        stamps: &Stamps,
    ) -> Outcome<Answer> {
        let (backend, key) = (&self.backend, key.as_key());
        let (value, when) = match call {
            Call::Get => return read(&backend.get(key).await?.unshared(), stamps),
            Call::Remove => {
                backend.remove(key, None).await?;
                return Ok(Answer::Removed);
            }
            Call::RemoveIf(only) => {
                backend.remove(key, Some(stamps.of(only)?)).await?;
                return Ok(Answer::Removed);
            }
            Call::Put(value) => (value, Condition::Always),
            Call::PutAbsent(value) => (value, Condition::Absent),
            Call::PutIf { value, over } => (value, Condition::If(stamps.of(over)?)),
        };
        let entry = self.entry(value, stamps.of(value)?);
        Ok(match backend.put(key, entry, when).await? {
            Put::Stored(_) => Answer::Stored,
            Put::Refused(standing) => {
                Answer::Refused(standing.and_then(|meta| stamps.value(meta.stamp)))
            }
        })
    }

    fn entry(&self, value: Value, stamp: Stamp) -> Entry {
        let hour = Ttl::After(Duration::from_secs(3_600));
        let life = Lifetime::starting(self.created, hour, Duration::ZERO);
        let meta = Meta {
            stamp,
            ..Meta::new(self.created, life)
        };
        match self.backend.info().payload {
            PayloadForm::Object => Entry::object(meta, Arc::new(value)),
            PayloadForm::Encoded => {
                let bytes = Bytes::copy_from_slice(&value.to_le_bytes());
                Entry::encoded(meta, CodecKind::Json, bytes)
            }
        }
    }
}

/// The value of an entry must be the one that its stamp was put with.
fn read(found: &Found, stamps: &Stamps) -> Outcome<Answer> {
    let entry = match found {
        Found::Entry(entry) => entry,
        Found::Absent => return Ok(Answer::Read(None)),
        other => return Err(Failure::new(format!("a get found {other:?}"))),
    };
    let held = match &entry.payload {
        Payload::Object(object) => {
            let number = Arc::clone(object).downcast::<Value>();
            number.ok().map(|number| *number)
        }
        Payload::Encoded(bytes) => bytes.first_chunk().copied().map(Value::from_le_bytes),
        Payload::Negative | Payload::Lease => None,
    };
    if held.is_none() || held != stamps.value(entry.meta.stamp) {
        let message = "a value stands under a stamp that it was not put with";
        return Err(Failure::new(message));
    }
    Ok(Answer::Read(held))
}

/// A stamp for every value that a history can write. Each history has its own key, so stamps serve again.
pub(super) struct Stamps(Vec<Stamp>);

impl Stamps {
    pub(super) fn new(values: usize) -> Self {
        Self((0..values).map(|_| Stamp::next()).collect())
    }

    fn of(&self, value: Value) -> Outcome<Stamp> {
        let index = usize::try_from(value).unwrap_or(usize::MAX);
        let stamp = self.0.get(index).copied();
        stamp.ok_or_else(|| Failure::new("a value that nobody writes"))
    }

    fn value(&self, stamp: Stamp) -> Option<Value> {
        let index = self.0.iter().position(|known| *known == stamp)?;
        Value::try_from(index).ok()
    }
}
