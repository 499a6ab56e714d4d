//! What the changes of a domain do inside their fence.

use std::sync::Arc;

use cache_core::{
    Backend, Condition, Entry, Error, ErrorKind, Flags, Key, Lifetime, Meta, Operation, Put,
    Removed, Result, Stamp, Timestamp, Ttl,
};

use crate::counters::Count;
use crate::deadline::{no_answer, within};
use crate::flight::Target;
use crate::inner::Inner;
use crate::write::PutOptions;

/// How often an update tries again when others changed the entry meanwhile.
const UPDATE_ATTEMPTS: usize = 64;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Makes the entry of a put that begins now.
    pub(crate) fn entry(&self, value: Arc<T>, options: PutOptions) -> Result<Entry> {
        let meta = self.meta(self.judge.clock().now(), options.ttl, options.stale_for)?;
        self.pack(meta, value, None)
    }

    /// Ends an operation: names what failed, counts what went well.
    pub(crate) fn conclude<O>(
        &self,
        key: Option<Key<'_>>,
        operation: Operation,
        outcome: Result<O>,
        in_time: bool,
        count: impl FnOnce(&O) -> (Count, usize),
    ) -> Result<O> {
        match outcome {
            Ok(outcome) if in_time => {
                let (count, by) = count(&outcome);
                self.note_change(key, operation, count, by);
                Ok(outcome)
            }
            Ok(_) => Err(self.note_failure(key, operation, no_answer(self.core.deadline))),
            Err(error) => Err(self.note_failure(key, operation, error)),
        }
    }

    /// Stores an entry. While the cache is bypassed, what stands there is removed instead: it must not come back old.
    pub(crate) async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.core.ensure_open(Operation::Put)?;
        let act = async {
            if self.core.is_bypassed() {
                let stamp = entry.meta.stamp;
                return within(self.core.deadline, self.store.remove(key, None))
                    .await
                    .map(|_| Put::Stored(stamp));
            }
            within(self.core.deadline, self.store.put(key, entry, when)).await
        };
        let (outcome, in_time) = self.fenced(Target::Keys(&[key]), act).await;
        self.conclude(Some(key), Operation::Put, outcome, in_time, |put| {
            (Count::Writes, usize::from(put.is_stored()))
        })
    }

    pub(crate) async fn put_if_absent(&self, key: Key<'_>, entry: Entry) -> Result<bool> {
        match self.put(key, entry.clone(), Condition::Absent).await? {
            Put::Stored(_) => Ok(true),
            // Known to be absent is absent; the stamp keeps the step atomic.
            Put::Refused(Some(standing)) if standing.is_negative() => Ok(self
                .put(key, entry, Condition::If(standing.stamp))
                .await?
                .is_stored()),
            Put::Refused(Some(_)) => Ok(false),
            Put::Refused(None) => Err(self.note_failure(Some(key), Operation::Put, foreign())),
        }
    }

    pub(crate) async fn update(
        &self,
        key: Key<'_>,
        mut change: impl FnMut(Option<&T>) -> Option<T> + Send,
    ) -> Result<Option<Arc<T>>> {
        for _ in 0..UPDATE_ATTEMPTS {
            let found = within(self.core.deadline, self.store.get(key)).await?;
            let when = match &found {
                cache_core::Found::Entry(entry) => Condition::If(entry.meta.stamp),
                _ => Condition::Absent,
            };
            let now = if self.core.is_bypassed() {
                None
            } else {
                self.examine(found).fresh()
            };
            let Some(value) = change(now.as_deref()) else {
                return Ok(None);
            };
            let value = Arc::new(value);
            let entry = self.entry(Arc::clone(&value), PutOptions::new())?;
            if self.core.is_bypassed() {
                within(self.core.deadline, self.store.remove(key, None)).await?;
                return Ok(Some(value));
            }
            match within(self.core.deadline, self.store.put(key, entry, when)).await? {
                Put::Stored(_) => return Ok(Some(value)),
                Put::Refused(_) => tokio::task::yield_now().await,
            }
        }
        Err(contended())
    }

    pub(crate) async fn invalidate(&self, key: Key<'_>) -> Result<Removed> {
        self.core.ensure_open(Operation::Remove)?;
        let act = within(self.core.deadline, self.store.remove(key, None));
        let (outcome, in_time) = self.fenced(Target::Keys(&[key]), act).await;
        self.conclude(Some(key), Operation::Remove, outcome, in_time, |_| {
            (Count::Invalidations, 1)
        })
    }

    pub(crate) async fn touch(&self, key: Key<'_>, ttl: Ttl) -> Result<bool> {
        let ttl = ttl.resolve(self.policy.ttl)?;
        for _ in 0..UPDATE_ATTEMPTS {
            let meta = match within(self.core.deadline, self.store.head(key)).await? {
                Some(meta) if !meta.is_negative() => meta,
                Some(_) | None => return Ok(false),
            };
            let window = meta.dead_at.since(meta.fresh_until);
            let life = Lifetime::starting(self.judge.clock().now(), ttl, window);
            let to = Meta {
                fresh_until: life.fresh_until,
                dead_at: life.dead_at,
                flags: meta.flags.without(Flags::EXPIRED),
                ..meta
            };
            match within(self.core.deadline, self.store.retime(key, to, meta.stamp)).await? {
                Put::Stored(_) => return Ok(true),
                Put::Refused(_) => tokio::task::yield_now().await,
            }
        }
        Err(contended())
    }

    /// Takes the freshness of what stands there; what has none to take (a lease, nothing) is removed.
    pub(crate) async fn expire(&self, key: Key<'_>) -> Result<bool> {
        for _ in 0..UPDATE_ATTEMPTS {
            let Some(meta) = within(self.core.deadline, self.store.head(key)).await? else {
                within(self.core.deadline, self.store.remove(key, None)).await?;
                return Ok(false);
            };
            match within(
                self.core.deadline,
                self.store
                    .retime(key, expired(&meta, self.judge.clock().now()), meta.stamp),
            )
            .await?
            {
                Put::Stored(_) => return Ok(true),
                Put::Refused(_) => tokio::task::yield_now().await,
            }
        }
        Err(contended())
    }
}

fn contended() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "others changed the entry each time; try again later",
    )
}

fn expired(meta: &Meta, now: Timestamp) -> Meta {
    let fresh_until = meta.fresh_until.min(now);
    let had_a_window = meta.dead_at > meta.fresh_until;
    Meta {
        stamp: Stamp::next(),
        fresh_until,
        // Without a stale window the entry ends here.
        dead_at: if had_a_window {
            meta.dead_at
        } else {
            fresh_until
        },
        flags: meta.flags.with(Flags::EXPIRED),
        ..*meta
    }
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "something stands there that this release cannot read",
    )
}
