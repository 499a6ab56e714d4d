//! What the changes of a domain do inside their fence.

use std::pin::pin;
use std::sync::Arc;

use cache_core::{
    Backend, Condition, Entry, Error, ErrorKind, Flags, Key, Lifetime, Meta, Operation, Put,
    Removed, Result, Stamp, Timestamp, Ttl,
};

use crate::base::give_way;
use crate::counters::Count;
use crate::deadline::{no_answer, within};
use crate::flight::Target;
use crate::inner::{Ended, Inner};
use crate::write::PutOptions;

/// How often an update tries again when others changed the entry meanwhile.
const UPDATE_ATTEMPTS: u32 = 1_024;

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
        ended: impl FnOnce(&O) -> Ended,
    ) -> Result<O> {
        match outcome {
            Ok(outcome) if in_time => {
                self.note_change(key, operation, ended(&outcome));
                Ok(outcome)
            }
            Ok(_) => Err(self.note_failure(key, operation, no_answer(self.core.deadline))),
            Err(error) => Err(self.note_failure(key, operation, error)),
        }
    }

    /// Stores an entry. While the cache is bypassed, what stands there is removed instead: it must not come back old.
    async fn store_one(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if self.core.is_bypassed() {
            let stamp = entry.meta.stamp;
            let removed = Box::pin(within(self.core.deadline, self.store.remove(key, None)));
            return removed.await.map(|_| Put::Stored(stamp));
        }
        // Under a condition the store may have to look twice.
        let limit = match when {
            Condition::Always => self.core.question,
            Condition::Absent | Condition::If(_) => Some(self.core.deadline),
        };
        within(limit, self.store.put(key, entry, when)).await
    }

    pub(crate) async fn put(&self, key: Key<'_>, entry: Entry) -> Result<()> {
        self.core.ensure_open(Operation::Put)?;
        // Pinned here: by value, each step on the way would hold it anew.
        let act = pin!(self.store_one(key, entry, Condition::Always));
        let (outcome, in_time) = self.fenced(Target::Keys(&[key]), act).await;
        let ended = |put: &Put| Ended::if_found(put.is_stored(), Count::Writes);
        self.conclude(Some(key), Operation::Put, outcome, in_time, ended)
            .map(drop)
    }

    pub(crate) async fn put_if_absent(&self, key: Key<'_>, entry: Entry) -> Result<bool> {
        self.core.ensure_open(Operation::Put)?;
        let act = self.store_if_absent(key, entry);
        let (outcome, in_time) = self.fenced(Target::Keys(&[key]), act).await;
        self.conclude(Some(key), Operation::Put, outcome, in_time, |stored| {
            if *stored {
                Ended::well(Count::Writes)
            } else {
                Ended::without_effect("refused")
            }
        })
    }

    /// Known to be absent is absent: it is written over by its stamp, which keeps the step atomic.
    async fn store_if_absent(&self, key: Key<'_>, entry: Entry) -> Result<bool> {
        let mut when = Condition::Absent;
        for _ in 0..UPDATE_ATTEMPTS {
            when = match (self.store_one(key, entry.clone(), when).await?, when) {
                (Put::Stored(_), _) => return Ok(true),
                (Put::Refused(Some(standing)), _) if standing.is_negative() => {
                    Condition::If(standing.stamp)
                }
                (Put::Refused(_), Condition::If(_)) => Condition::Absent,
                (Put::Refused(Some(_)), _) => return Ok(false),
                (Put::Refused(None), _) => return Err(foreign()),
            };
        }
        Err(contended())
    }

    pub(crate) async fn update(
        self: &Arc<Self>,
        key: Key<'_>,
        mut change: impl FnMut(Option<&T>) -> Option<T> + Send,
    ) -> Result<Option<Arc<T>>> {
        for tries in 0..UPDATE_ATTEMPTS {
            let Some(base) = self.base(key).await? else {
                give_way(tries).await;
                continue;
            };
            let Some(value) = change(base.value.as_deref()) else {
                base.release().await;
                return Ok(None);
            };
            let value = Arc::new(value);
            let entry = self.entry(Arc::clone(&value), PutOptions::new())?;
            if self.core.is_bypassed() {
                within(self.core.deadline, self.store.remove(key, None)).await?;
                return Ok(Some(value));
            }
            let put = within(self.core.deadline, self.store.put(key, entry, base.when)).await?;
            let (is_inherited, is_leased) = (base.is_inherited, base.lease.is_some());
            base.leave();
            match put {
                Put::Stored(_) if is_inherited => {
                    self.counts.add(Count::Migrated);
                    return Ok(Some(value));
                }
                Put::Stored(_) => return Ok(Some(value)),
                Put::Refused(_) if is_leased => give_way(tries).await,
                Put::Refused(_) => tokio::task::yield_now().await,
            }
        }
        Err(contended())
    }

    pub(crate) async fn invalidate(&self, key: Key<'_>) -> Result<Removed> {
        self.core.ensure_open(Operation::Remove)?;
        let act = within(self.core.question, self.store.remove(key, None));
        let (outcome, in_time) = self.fenced(Target::Keys(&[key]), act).await;
        self.conclude(Some(key), Operation::Remove, outcome, in_time, |_| {
            Ended::well(Count::Removed)
        })
    }

    /// Prolongs what stands there by a TTL that is resolved already.
    pub(crate) async fn touch(&self, key: Key<'_>, ttl: Ttl) -> Result<bool> {
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

/// The stale window begins now, and is as long as it was.
fn expired(meta: &Meta, now: Timestamp) -> Meta {
    let fresh_until = meta.fresh_until.min(now);
    let window = meta.dead_at.since(meta.fresh_until);
    Meta {
        stamp: Stamp::next(),
        fresh_until,
        dead_at: meta.dead_at.min(fresh_until.after(window)),
        flags: meta.flags.with(Flags::EXPIRED),
        ..*meta
    }
}

pub(crate) fn foreign() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "something stands there that this release cannot read",
    )
}
