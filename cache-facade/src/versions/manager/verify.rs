//! Looking whether a deployment came to what it promises.

use cache_core::{Entry, Found, Key, Life, Meta, OwnedKey, Result};
use serde::Serialize;

use super::super::state::State;
use super::Manager;
use super::convert::Conversion;

/// What a look at some entries said, which were picked at random before the switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// Entries that were looked at and had not come to their end.
    pub sampled: usize,
    /// As they were, and a value of their type where this process knows it.
    pub same: usize,
    /// Changed or loaded again meanwhile.
    pub changed: usize,
    /// No longer there.
    pub gone: usize,
    /// Damaged, or no value of their type.
    pub unreadable: usize,
    /// Converted entries of the samples that have no twin.
    pub without_twin: usize,
    /// Whether the release is the current one by what the store holds.
    pub is_current: bool,
}

impl Verified {
    /// Says whether the deployment holds: the release is current, nothing that was looked at is damaged, and no more than half
    /// of it is gone or lacks its twin. A full store evicts.
    #[must_use]
    pub const fn holds(&self) -> bool {
        let missing = self.gone + self.without_twin;
        self.is_current && self.unreadable == 0 && missing * 2 <= self.sampled
    }
}

impl Manager {
    pub(super) async fn verify(
        &self,
        release: &str,
        samples: &[(OwnedKey, Meta)],
        conversions: &[Conversion],
    ) -> Result<Verified> {
        let state = self.state().await?;
        let mut verified = Verified {
            sampled: samples.len(),
            is_current: state.is_current(release),
            ..Verified::default()
        };
        let keys: Vec<Key<'_>> = samples.iter().map(|(key, _)| key.as_key()).collect();
        let found = self.get_many(&keys).await;
        let now = self.judge.clock().now();
        for ((key, meta), found) in samples.iter().zip(found) {
            match found?.unshared() {
                Found::Entry(entry) if !self.is_read(&key.as_key(), &entry) => {
                    verified.unreadable += 1;
                }
                Found::Entry(entry) if entry.meta.stamp == meta.stamp => {
                    verified.same += 1;
                    let lacks = self.lacks_twin(key.as_key(), &entry, conversions).await?;
                    verified.without_twin += usize::from(lacks);
                }
                Found::Entry(_) => verified.changed += 1,
                Found::Unreadable(_) => verified.unreadable += 1,
                // It came to its end meanwhile, and says nothing.
                Found::Absent | Found::Dead if self.judge.life(meta, now) == Life::Dead => {
                    verified.sampled -= 1;
                }
                Found::Absent | Found::Dead | Found::Shared(_) => verified.gone += 1,
            }
        }
        Ok(verified)
    }

    /// Says whether an entry is a value of its type, as far as this process knows the type.
    fn is_read(&self, key: &Key<'_>, entry: &Entry) -> bool {
        let domain = self.domains().find(|domain| domain.space() == key.space());
        domain.is_none_or(|domain| domain.reads(entry))
    }

    /// Says whether an entry that can be converted has no twin, although it is still there.
    async fn lacks_twin(
        &self,
        key: Key<'_>,
        entry: &Entry,
        conversions: &[Conversion],
    ) -> Result<bool> {
        let namespace = self.namespace.as_str();
        let mut conversions = conversions.iter();
        let from = conversions.find(|one| one.from.scope(namespace).contains(&key));
        let Some(conversion) = from.filter(|one| one.twin(entry).is_some()) else {
            return Ok(false);
        };
        let space = conversion.to.space(namespace)?;
        let twin = Key::new(&space, conversion.to.epoch(), key.id())?;
        if let Found::Entry(_) | Found::Shared(_) = self.store_get(twin).await? {
            return Ok(false);
        }
        // Both may have come to their end, or been removed, since the source was read.
        let again = self.store_get(key).await?;
        Ok(again
            .meta()
            .is_some_and(|meta| meta.stamp == entry.meta.stamp))
    }
}

impl State {
    fn is_current(&self, release: &str) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| current.release == release)
    }
}
