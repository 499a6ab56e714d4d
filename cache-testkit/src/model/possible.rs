//! What may stand under one key, and which answers that allows.

use cache_core::{Condition, Entry, Flags, Found, Meta, Put, Reason, Stamp, Timestamp};

use crate::values::same;
use crate::{Failure, Outcome};

/// How far ahead a clock may be, in milliseconds: the default of the semantics, 5 minutes.
pub(super) const TOLERANCE: u64 = 300_000;

/// Everything that may stand under a key: one thing, or, where a store may have swept it, that or nothing.
#[derive(Clone, Debug)]
pub(super) struct Possible {
    worlds: Vec<Option<Entry>>,
    /// A stamp that stood here before.
    pub(super) former: Option<Stamp>,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    Ahead,
    Fresh,
    Stale,
    Dead,
}

fn life(meta: &Meta, now: Timestamp) -> Life {
    if meta.created.as_millis() > now.as_millis() + TOLERANCE {
        Life::Ahead
    } else if meta.dead_at <= now {
        Life::Dead
    } else if meta.fresh_until <= now || meta.flags.contains(Flags::EXPIRED) {
        Life::Stale
    } else {
        Life::Fresh
    }
}

fn lives(meta: &Meta, now: Timestamp) -> bool {
    matches!(life(meta, now), Life::Fresh | Life::Stale)
}

fn is_visible(meta: &Meta, now: Timestamp) -> bool {
    lives(meta, now) && !meta.is_lease()
}

impl Possible {
    pub(super) fn nothing() -> Self {
        Self {
            worlds: vec![None],
            former: None,
        }
    }

    /// What is dead, or beyond the clock's tolerance, may be swept at any time.
    pub(super) fn pass_to(&mut self, now: Timestamp) {
        let mut standing = self.worlds.iter().flatten();
        let swept = standing.any(|entry| !lives(&entry.meta, now));
        if swept && self.worlds.iter().all(Option::is_some) {
            self.worlds.push(None);
        }
    }

    pub(super) fn standing(&self) -> Option<Stamp> {
        let mut standing = self.worlds.iter().flatten();
        standing.next().map(|entry| entry.meta.stamp)
    }

    /// Keeps the worlds that allow what a read found.
    pub(super) fn saw(&mut self, found: &Found, now: Timestamp) -> Outcome {
        self.keep(&format!("{found:?}"), |world| {
            reads(world.as_ref(), found, now)
        })
    }

    /// Keeps the worlds that allow what `head`, or a scan, showed.
    pub(super) fn showed(&mut self, meta: Option<&Meta>, now: Timestamp) -> Outcome {
        self.keep(&format!("{meta:?}"), |world| {
            let visible = world.as_ref().filter(|entry| is_visible(&entry.meta, now));
            visible.map(|entry| &entry.meta) == meta
        })
    }

    /// The fewest and the most entries that may be seen here: 0 or 1.
    pub(super) fn visible(&self, now: Timestamp) -> (u64, u64) {
        let seen = |world: &Option<Entry>| {
            let entry = world.as_ref();
            u64::from(entry.is_some_and(|entry| is_visible(&entry.meta, now)))
        };
        let seen = self.worlds.iter().map(seen);
        (seen.clone().min().unwrap_or(0), seen.max().unwrap_or(0))
    }

    pub(super) fn put(
        &mut self,
        new: &Entry,
        when: Condition,
        answer: &Put,
        now: Timestamp,
    ) -> Outcome {
        self.change(&format!("put {when:?} answers {answer:?}"), |world| {
            let stored = (Put::Stored(new.meta.stamp), Some(new.clone()));
            let refused = |world: &Option<Entry>| refusals(world.as_ref(), now);
            let outcomes = match (when, world) {
                (Condition::Always, _) | (Condition::Absent, None) => vec![stored],
                (Condition::If(_), None) => refused(world),
                (Condition::If(stamp), Some(entry)) if entry.meta.stamp != stamp => refused(world),
                (Condition::If(_), Some(entry)) if lives(&entry.meta, now) => vec![stored],
                // Dead, and still held or not: both answers are right.
                (Condition::If(_), Some(_)) => [refused(world), vec![stored]].concat(),
                (Condition::Absent, Some(entry)) => match life(&entry.meta, now) {
                    Life::Dead | Life::Ahead => vec![stored],
                    _ if entry.meta.is_lease() && new.meta.is_lease() => refused(world),
                    _ if entry.meta.is_lease() => vec![stored],
                    Life::Stale => vec![stored],
                    Life::Fresh => refused(world),
                },
            };
            matching(outcomes, answer)
        })
    }

    pub(super) fn retime(
        &mut self,
        to: &Meta,
        over: Stamp,
        answer: &Put,
        now: Timestamp,
    ) -> Outcome {
        self.change(&format!("retime answers {answer:?}"), |world| {
            let mut outcomes = refusals(world.as_ref(), now);
            if let Some(entry) = world.as_ref().filter(|entry| entry.meta.stamp == over) {
                if lives(&entry.meta, now) {
                    outcomes.clear();
                }
                let flags = entry.meta.flags.without(Flags::EXPIRED);
                let meta = Meta {
                    flags: flags.with(if to.flags.contains(Flags::EXPIRED) {
                        Flags::EXPIRED
                    } else {
                        Flags::NONE
                    }),
                    codec: entry.meta.codec,
                    weight: entry.meta.weight,
                    ..*to
                };
                outcomes.push((
                    Put::Stored(to.stamp),
                    Some(Entry {
                        meta,
                        ..entry.clone()
                    }),
                ));
            }
            matching(outcomes, answer)
        })
    }

    pub(super) fn remove(&mut self, only: Option<Stamp>) {
        self.former = self.standing().or(self.former);
        for world in &mut self.worlds {
            if only.is_none() || world.as_ref().map(|entry| entry.meta.stamp) == only {
                *world = None;
            }
        }
        if self.worlds.iter().all(Option::is_none) {
            self.worlds.truncate(1);
        }
    }

    fn keep(&mut self, what: &str, mut allows: impl FnMut(&Option<Entry>) -> bool) -> Outcome {
        let before = self.worlds.clone();
        self.worlds.retain(|world| allows(world));
        if self.worlds.is_empty() {
            return Err(Failure::new(format!("met {what}; possible is {before:?}")));
        }
        Ok(())
    }

    /// Replaces each world by what an answer makes of it.
    fn change(
        &mut self,
        what: &str,
        next: impl Fn(&Option<Entry>) -> Vec<Option<Entry>>,
    ) -> Outcome {
        let after: Vec<_> = self.worlds.iter().flat_map(next).collect();
        if after.is_empty() {
            return Err(Failure::new(format!(
                "{what}; possible is {:?}",
                self.worlds
            )));
        }
        self.former = self.standing().or(self.former);
        self.worlds = after;
        Ok(())
    }
}

fn reads(world: Option<&Entry>, found: &Found, now: Timestamp) -> bool {
    match (world.map(|entry| (entry, life(&entry.meta, now))), found) {
        (None, found) => matches!(found, Found::Absent),
        (Some((_, Life::Ahead)), found) => matches!(found, Found::Unreadable(Reason::Clock)),
        (Some((entry, _)), found) if entry.meta.is_lease() => matches!(found, Found::Absent),
        (Some((_, Life::Dead)), found) => matches!(found, Found::Dead),
        (Some((entry, _)), Found::Entry(met)) => same(met, entry).is_ok(),
        (Some(_), _) => false,
    }
}

/// Answers of a refused put. Of what is dead or ahead the meta may be told or not.
fn refusals(world: Option<&Entry>, now: Timestamp) -> Vec<(Put, Option<Entry>)> {
    let Some(entry) = world else {
        return vec![(Put::Refused(None), None)];
    };
    let told = (Put::Refused(Some(entry.meta)), Some(entry.clone()));
    if lives(&entry.meta, now) {
        return vec![told];
    }
    vec![told, (Put::Refused(None), Some(entry.clone()))]
}

fn matching(outcomes: Vec<(Put, Option<Entry>)>, answer: &Put) -> Vec<Option<Entry>> {
    let outcomes = outcomes.into_iter();
    outcomes
        .filter(|(put, _)| put == answer)
        .map(|(_, world)| world)
        .collect()
}
