//! Faults of conditions, and of the judge.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Clock, Condition, Entry, Flags, Found, Judge, Key, Life, Put, Reason, Result, Stamp,
    Timestamp,
};
use cache_testkit::ManualClock;
use tokio::task::yield_now;

use crate::fault::Fault;
use crate::mutant::Inner;

/// What a mutant decided about a condition.
pub(crate) enum Decided {
    Refused(Put),
    Under(Condition),
}

impl Inner {
    /// Says what becomes of a condition: what a fault makes of it, or the condition itself.
    pub(crate) async fn decided(
        &self,
        key: Key<'_>,
        new: &Entry,
        when: Condition,
        old: Option<&Entry>,
    ) -> Result<Decided> {
        let unreadable = match self.memory.get(key).await? {
            Found::Unreadable(reason) if old.is_none() => Some(reason),
            _ => None,
        };
        let faulty = match (when, unreadable) {
            (Condition::Always, _) => self.always(old, unreadable.is_some()),
            (Condition::Absent, Some(reason)) => self.absent_over_unreadable(reason),
            (Condition::Absent, None) => self.absent(key, new, old).await?,
            (Condition::If(stamp), _) => self.over(key, stamp, old, unreadable.is_some()).await,
        };
        Ok(faulty.unwrap_or(Decided::Under(when)))
    }

    fn always(&self, old: Option<&Entry>, unreadable: bool) -> Option<Decided> {
        match self.fault {
            Fault::PutAlwaysIsAbsent => Some(Decided::Under(Condition::Absent)),
            Fault::PutAlwaysSparesUnreadable if unreadable => Some(refused(old)),
            _ => None,
        }
    }

    fn absent_over_unreadable(&self, reason: Reason) -> Option<Decided> {
        match self.fault {
            Fault::UnreadableBlocks | Fault::AbsentNeverHolds => Some(refused(None)),
            Fault::AbsentOverwritesOtherReleases if !reason.yields_to_absent() => Some(ALWAYS),
            _ => None,
        }
    }

    async fn absent(
        &self,
        key: Key<'_>,
        new: &Entry,
        old: Option<&Entry>,
    ) -> Result<Option<Decided>> {
        if self.is(Fault::AbsentNeverHolds) {
            return Ok(Some(refused(old)));
        }
        if self.is(Fault::AbsentIsCheckedBefore) {
            let head = self.memory.head(key).await?;
            yield_now().await;
            return Ok(head.is_none().then_some(ALWAYS));
        }
        Ok(old.and_then(|standing| self.absent_over(new, standing)))
    }

    fn absent_over(&self, new: &Entry, old: &Entry) -> Option<Decided> {
        let life = self.clock.judge().life(&old.meta, self.clock.now());
        let (lease, new_lease) = (old.meta.is_lease(), new.meta.is_lease());
        let expired = old.meta.flags.contains(Flags::EXPIRED);
        let (blocks, yields) = match self.fault {
            Fault::DeadBlocks => (life == Life::Dead && !lease, false),
            Fault::StaleBlocks => (life == Life::Stale && !lease && !expired, false),
            Fault::ExpiredBlocks => (life == Life::Stale && expired, false),
            Fault::LeasesBlock => (lease && !new_lease, false),
            Fault::TheFutureBlocks => (life == Life::Ahead, false),
            Fault::DeadLeasesBlock => (lease && life == Life::Dead, false),
            Fault::AbsentOverwritesFresh => (false, !old.meta.is_negative()),
            Fault::AbsentOverwritesNegative => (false, old.meta.is_negative()),
            Fault::LeasesOverwriteLeases => (false, lease && new_lease),
            Fault::LeasesOverwriteFresh => (false, new_lease && !lease),
            _ => (false, false),
        };
        match (blocks, yields) {
            (true, _) => Some(refused(Some(old))),
            (_, true) => Some(ALWAYS),
            _ => None,
        }
    }

    async fn over(
        &self,
        key: Key<'_>,
        stamp: Stamp,
        old: Option<&Entry>,
        unreadable: bool,
    ) -> Option<Decided> {
        match (self.fault, old) {
            (Fault::IfNeverHolds, _) => Some(refused(old)),
            (Fault::IfHoldsOverAnything, Some(_)) => Some(ALWAYS),
            (Fault::IfHoldsOverNothing, None) if !unreadable => Some(ALWAYS),
            (Fault::IfHoldsOverUnreadable, None) if unreadable => Some(ALWAYS),
            (Fault::IfIsCheckedBefore, _) => Some(self.checked(key, stamp).await),
            _ => None,
        }
    }

    /// Looks first and writes later: another write fits between.
    async fn checked(&self, key: Key<'_>, stamp: Stamp) -> Decided {
        let old = self.stored(key);
        yield_now().await;
        match old {
            Some(entry) if entry.meta.stamp == stamp => ALWAYS,
            old => refused(old.as_ref()),
        }
    }
}

const ALWAYS: Decided = Decided::Under(Condition::Always);

fn refused(old: Option<&Entry>) -> Decided {
    Decided::Refused(Put::Refused(old.map(|old| old.meta)))
}

/// The judge of a mutant: the suite's own, or one whose clock or tolerance is wrong.
pub(crate) fn judge(fault: Fault, clock: &ManualClock) -> Judge {
    let off = |by: i64| {
        Judge::new(
            Arc::new(Off {
                clock: clock.clone(),
                by,
            }),
            Judge::DEFAULT_TOLERANCE,
        )
    };
    match fault {
        Fault::FreshAtTheInstant | Fault::DeadOneMillisecondLate => off(-1),
        Fault::EveryClockIsTrusted => Judge::new(Arc::new(clock.clone()), Duration::MAX),
        _ => clock.judge(),
    }
}

/// A clock that is some milliseconds off.
#[derive(Debug)]
struct Off {
    clock: ManualClock,
    by: i64,
}

impl Clock for Off {
    fn now(&self) -> Timestamp {
        let now = self.clock.now().as_millis();
        Timestamp::from_millis(now.saturating_add_signed(self.by))
    }
}
