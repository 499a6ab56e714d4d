//! The one place that decides what an entry's times mean. Backends and the facade ask it; none compares times itself.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::whole_millis;
use crate::{Clock, Condition, Entry, Flags, Found, Meta, Reason, SystemClock, Timestamp};

/// Where an entry stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Before fresh-until, and not marked expired.
    Fresh,
    /// Between fresh-until and dead-at: served only by the stale rules of a load, or to who asks for it.
    Stale,
    /// Past dead-at: never returned, even if the store still holds it.
    Dead,
    /// Created further in the future than clocks may differ.
    Ahead,
}

/// Judges entries by a clock: [`Life`], what a read finds, and whether a conditional put may be stored.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cache_core::{Clock, Judge, Life, Lifetime, Meta, Ttl};
/// let judge = Judge::default();
/// let now = judge.clock().now();
/// let meta = Meta::new(now, Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO));
/// assert_eq!(judge.life(&meta, now), Life::Fresh);
/// assert_eq!(judge.life(&meta, now.after(Duration::from_secs(60))), Life::Dead);
/// ```
#[derive(Clone, Debug)]
pub struct Judge {
    clock: Arc<dyn Clock>,
    tolerance: Duration,
    tolerance_millis: u64,
}

/// How late a coarse reading may be, twice over.
const COARSE_MILLIS: u64 = 10;

impl Judge {
    /// How far ahead of ours another clock may be by default.
    pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

    /// Makes a judge of a clock and the `clock_tolerance`, which is at least the 10 ms that coarse readings need.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, tolerance: Duration) -> Self {
        Self {
            clock,
            tolerance,
            // What was written by the precise clock may be read by the coarse one.
            tolerance_millis: whole_millis(tolerance).max(COARSE_MILLIS),
        }
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns how far ahead of ours another clock may be.
    #[must_use]
    pub fn tolerance(&self) -> Duration {
        self.tolerance
    }

    /// Says where an entry stands at the moment `now`.
    #[must_use]
    #[inline(always)]
    pub fn life(&self, meta: &Meta, now: Timestamp) -> Life {
        if meta.created.as_millis() > now.as_millis().saturating_add(self.tolerance_millis) {
            Life::Ahead
        } else if now >= meta.dead_at {
            Life::Dead
        } else if now < meta.fresh_until && !meta.flags.contains(Flags::EXPIRED) {
            Life::Fresh
        } else {
            Life::Stale
        }
    }

    /// Turns what a store holds into what a read answers, by the coarse clock. A lease is absent to every read.
    #[must_use]
    #[inline]
    pub fn found(&self, entry: Entry) -> Found {
        match self.presence(&entry.meta, self.clock.coarse()) {
            Presence::Live => Found::Entry(entry),
            Presence::Absent => Found::Absent,
            Presence::Dead => Found::Dead,
            Presence::Ahead => Found::Unreadable(Reason::Clock),
        }
    }

    /// Says what a read at a moment makes of an entry of which only the meta is at hand; `None` means that it is live.
    #[must_use]
    #[inline(always)]
    pub fn hidden(&self, meta: &Meta, moment: Timestamp) -> Option<Found> {
        match self.presence(meta, moment) {
            Presence::Live => None,
            Presence::Absent => Some(Found::Absent),
            Presence::Dead => Some(Found::Dead),
            Presence::Ahead => Some(Found::Unreadable(Reason::Clock)),
        }
    }

    /// Says whether `head`, `scan` and `count` show an entry: it is neither dead, nor ahead, nor a lease.
    #[must_use]
    pub fn is_live(&self, meta: &Meta) -> bool {
        self.presence(meta, self.clock.now()) == Presence::Live
    }

    #[inline(always)]
    fn presence(&self, meta: &Meta, now: Timestamp) -> Presence {
        match self.life(meta, now) {
            Life::Ahead => Presence::Ahead,
            _ if meta.is_lease() => Presence::Absent,
            Life::Dead => Presence::Dead,
            Life::Fresh | Life::Stale => Presence::Live,
        }
    }

    /// Says whether a put of `incoming` under a condition may take the place of what stands there.
    ///
    /// `standing` is `None` where there is nothing, or nothing that anybody could read (damaged or foreign).
    #[must_use]
    pub fn admits(&self, condition: Condition, incoming: &Meta, standing: Option<&Meta>) -> bool {
        match (condition, standing) {
            (Condition::Always, _) | (Condition::Absent, None) => true,
            (Condition::If(_), None) => false,
            (Condition::If(stamp), Some(standing)) => standing.stamp == stamp,
            (Condition::Absent, Some(standing)) => match self.life(standing, self.clock.now()) {
                Life::Dead | Life::Ahead => true,
                Life::Fresh | Life::Stale if standing.is_lease() => !incoming.is_lease(),
                Life::Stale => true,
                Life::Fresh => false,
            },
        }
    }
}

impl Default for Judge {
    /// The machine's clock and a tolerance of 5 minutes.
    fn default() -> Self {
        Self::new(Arc::new(SystemClock::new()), Self::DEFAULT_TOLERANCE)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Live,
    Absent,
    Dead,
    Ahead,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lifetime, Ttl};

    #[derive(Debug)]
    struct At(u64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0)
        }
    }

    const TTL: u64 = 100;
    const WINDOW: u64 = 50;
    const CREATED: u64 = 1_000_000;

    fn meta(flags: Flags) -> Meta {
        let created = Timestamp::from_millis(CREATED);
        let life = Lifetime::starting(
            created,
            Ttl::After(Duration::from_millis(TTL)),
            Duration::from_millis(WINDOW),
        );
        Meta {
            flags,
            ..Meta::new(created, life)
        }
    }

    fn judge(now: u64) -> Judge {
        Judge::new(Arc::new(At(now)), Judge::DEFAULT_TOLERANCE)
    }

    fn life(meta: &Meta, now: u64) -> Life {
        judge(now).life(meta, Timestamp::from_millis(now))
    }

    #[test]
    fn every_edge_of_a_life() {
        let entry = meta(Flags::NONE);
        let tolerance = 300_000;
        for (now, expected) in [
            (CREATED - tolerance - 1, Life::Ahead),
            (CREATED - tolerance, Life::Fresh),
            (CREATED, Life::Fresh),
            (CREATED + TTL - 1, Life::Fresh),
            (CREATED + TTL, Life::Stale),
            (CREATED + TTL + WINDOW - 1, Life::Stale),
            (CREATED + TTL + WINDOW, Life::Dead),
            (u64::MAX, Life::Dead),
        ] {
            assert_eq!(life(&entry, now), expected, "at {now}");
        }
    }

    #[test]
    fn expired_is_never_fresh_even_on_a_slower_clock() {
        assert_eq!(life(&meta(Flags::EXPIRED), CREATED - 1), Life::Stale);
    }

    #[test]
    fn absent_holds_over_everything_but_what_is_fresh() {
        let incoming = meta(Flags::NONE);
        let lease = meta(Flags::LEASE);
        let cases = [
            (None, CREATED, true, true),
            (Some(meta(Flags::NONE)), CREATED, false, false),
            (Some(meta(Flags::NEGATIVE)), CREATED, false, false),
            (Some(meta(Flags::NONE)), CREATED + TTL, true, true),
            (Some(meta(Flags::EXPIRED)), CREATED, true, true),
            (Some(meta(Flags::NONE)), CREATED - 400_000, true, true),
            (Some(meta(Flags::LEASE)), CREATED, true, false),
            (Some(meta(Flags::LEASE)), CREATED + TTL + WINDOW, true, true),
        ];
        for (standing, now, entry_stored, lease_stored) in cases {
            assert_eq!(
                judge(now).admits(Condition::Absent, &incoming, standing.as_ref()),
                entry_stored,
                "{standing:?}"
            );
            assert_eq!(
                judge(now).admits(Condition::Absent, &lease, standing.as_ref()),
                lease_stored,
                "{standing:?}"
            );
        }
    }

    #[test]
    fn a_stamp_names_one_write() {
        let (standing, other) = (meta(Flags::NONE), meta(Flags::NONE));
        let judge = judge(CREATED);
        assert!(judge.admits(Condition::If(standing.stamp), &other, Some(&standing)));
        assert!(!judge.admits(Condition::If(other.stamp), &other, Some(&standing)));
        assert!(!judge.admits(Condition::If(standing.stamp), &other, None));
    }
}
