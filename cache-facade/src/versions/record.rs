//! Records of the cache itself: JSON in the reserved domain, whatever codecs there are, without an end, changed by conditional
//! put alone.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Error, ErrorKind, Found, Key, Lifetime, Meta,
    OwnedKey, Payload, Put, RESERVED_DOMAIN, Result, Space, Timestamp, Ttl,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How often a change tries again when others change the record meanwhile.
const ATTEMPTS: usize = 1_024;

/// Something that is kept as a record.
pub(super) trait Record: Serialize + DeserializeOwned + Default {
    /// What cannot be read, in an error.
    const WHAT: &'static str;
}

/// Returns the key of a record of a namespace.
pub(super) fn key(namespace: &str, id: &str) -> Result<OwnedKey> {
    let records = Space::new(namespace, RESERVED_DOMAIN, 0)?;
    Ok(Key::new(&records, Epoch::UNVERSIONED, id.as_bytes())?.to_owned())
}

/// Reads what was found as a record; `None` if there is none.
///
/// # Errors
/// `Codec` if it is no record that this release understands.
pub(super) fn read<R: Record>(found: &Found) -> Result<Option<R>> {
    match found {
        Found::Absent | Found::Dead => Ok(None),
        Found::Entry(entry) => of_entry(entry).map(Some),
        Found::Shared(shared) => of_entry(&shared.to_entry()).map(Some),
        Found::Unreadable(_) => Err(unreadable::<R>()),
    }
}

fn of_entry<R: Record>(entry: &Entry) -> Result<R> {
    match &entry.payload {
        Payload::Encoded(bytes) => serde_json::from_slice(bytes).map_err(|_| unreadable::<R>()),
        Payload::Object(_) | Payload::Negative | Payload::Lease => Err(unreadable::<R>()),
    }
}

/// Makes the entry that holds a record. It was created before all times: a clock that is behind must not hide it.
pub(super) fn to_entry<R: Record>(record: &R) -> Result<Entry> {
    let bytes = serde_json::to_vec(record).map_err(|_| unreadable::<R>())?;
    let life = Lifetime::starting(Timestamp::ZERO, Ttl::Never, Duration::ZERO);
    let meta = Meta::new(Timestamp::ZERO, life);
    Ok(Entry::encoded(meta, CodecKind::Json, Bytes::from(bytes)))
}

/// Returns the condition under which what was found is replaced.
pub(super) fn over(found: &Found) -> Condition {
    found
        .meta()
        .map_or(Condition::Absent, |meta| Condition::If(meta.stamp))
}

/// What a look at a record came to.
pub(super) enum Change<O> {
    /// It stays as it is.
    Keep(O),
    /// It was changed.
    Write(O),
}

/// Changes a record, and begins again where others changed it meanwhile.
///
/// # Errors
/// What `change` refuses; `Conflict` if others changed the record each time; if the store cannot answer.
pub(super) async fn update<R: Record, O>(
    store: &impl Backend,
    key: Key<'_>,
    mut change: impl FnMut(&mut R) -> Result<Change<O>>,
) -> Result<O> {
    for _ in 0..ATTEMPTS {
        let found = store.get(key).await?;
        let mut record = read::<R>(&found)?.unwrap_or_default();
        let outcome = match change(&mut record)? {
            Change::Keep(outcome) => return Ok(outcome),
            Change::Write(outcome) => outcome,
        };
        let entry = to_entry(&record)?;
        if let Put::Stored(_) = store.put(key, entry, over(&found)).await? {
            return Ok(outcome);
        }
        tokio::task::yield_now().await;
    }
    Err(Error::new(
        ErrorKind::Conflict,
        format!("others changed {} each time; try again later", R::WHAT),
    ))
}

fn unreadable<R: Record>() -> Error {
    Error::new(
        ErrorKind::Codec,
        format!(
            "{} is not readable; accepted: what a release of this cache wrote",
            R::WHAT
        ),
    )
}
