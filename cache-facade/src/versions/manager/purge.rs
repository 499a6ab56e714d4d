//! Removing the entries of releases that are gone.

use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use cache_core::{Backend, Epoch, Key, OwnedKey, Removed, Result, Timestamp};
use futures_util::StreamExt;
use serde::Serialize;

use super::super::live_set::LiveSet;
use super::super::record::{self, Change};
use super::super::standing::{self, ABANDONED_AFTER, record_of};
use super::Manager;
use super::places::{Listed, Place, SeenRelease};
use crate::deadline::within;
use crate::pace::Pace;
use crate::release::release_epoch;
use crate::spec::RAW_DOMAIN;

/// Old processes may store while their entries are removed: it is walked this often until nothing is found.
const MOST_WALKS: usize = 8;

/// What [`VersionManager::purge`](super::VersionManager::purge) keeps, and how fast it goes.
///
/// # Example
/// ```
/// use cache_facade::Purge;
/// let purge = Purge::keep(2).rate(1_000);
/// # let _ = purge;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Purge {
    pub(super) keep: usize,
    pub(super) unseen_for: Duration,
    pub(super) rate: Option<NonZeroU32>,
    pub(super) is_dry: bool,
}

impl Purge {
    /// Keeps the entries of the current release and of those that rollbacks lead to, so many in all; 0 is 1.
    pub fn keep(releases: usize) -> Self {
        Self {
            keep: releases.max(1),
            unseen_for: ABANDONED_AFTER,
            rate: None,
            is_dry: false,
        }
    }

    /// Sets for how long none of an address's releases must have been seen. Default and least: 30 minutes.
    pub fn unseen_for(mut self, time: Duration) -> Self {
        self.unseen_for = time.max(ABANDONED_AFTER);
        self
    }

    /// Sets how many entries per second are removed at most; 0 is no limit. Default: no limit.
    pub fn rate(mut self, per_second: u32) -> Self {
        self.rate = NonZeroU32::new(per_second);
        self
    }

    /// Counts, and removes nothing.
    pub const fn dry_run(mut self) -> Self {
        self.is_dry = true;
        self
    }
}

/// What was removed of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PurgedAddress {
    /// The domain.
    pub domain: String,
    /// The epoch.
    pub epoch: u64,
    /// The fingerprint of the type, in 16 hex digits.
    pub schema: String,
    /// The releases that were listed there.
    pub releases: Vec<String>,
    /// Entries that were removed; in a dry run, that would be.
    pub removed: u64,
    /// Entries that the last walk still found: a process of an old release stores there.
    pub left: u64,
    /// Whether the address is no longer listed.
    pub is_forgotten: bool,
}

/// What a purge did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PurgeReport {
    /// The addresses that were emptied.
    pub addresses: Vec<PurgedAddress>,
    /// Addresses that would go, but for a release there that was seen too lately.
    pub in_use: usize,
    /// Entries at addresses that no record lists. They stay: nobody knows whose they are.
    pub unlisted: u64,
}

impl PurgeReport {
    /// Returns how many entries were removed.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.addresses.iter().map(|address| address.removed).sum()
    }
}

/// Which addresses go, and which would if nobody was there.
pub(super) struct Doomed {
    pub(super) places: Vec<(Place, Vec<SeenRelease>)>,
    pub(super) in_use: usize,
}

impl Doomed {
    /// Picks addresses by what is known of them; `kept` releases have all of theirs, and that `at_work` counts as seen.
    pub(super) fn pick(
        listed: &Listed,
        kept: &[String],
        at_work: Option<&str>,
        unseen_since: Timestamp,
        is_concerned: impl Fn(&Place) -> bool,
    ) -> Self {
        let mut doomed = Self {
            places: Vec::new(),
            in_use: 0,
        };
        for (place, releases) in listed.iter() {
            let is_kept = releases.iter().any(|one| kept.contains(&one.release));
            if is_kept || !is_concerned(place) {
                continue;
            }
            let is_seen = |one: &SeenRelease| {
                one.seen >= unseen_since || at_work == Some(one.release.as_str())
            };
            if releases.iter().any(is_seen) {
                doomed.in_use += 1;
            } else {
                doomed.places.push((place.clone(), releases.to_vec()));
            }
        }
        doomed
    }
}

impl Listed {
    /// Says whether an address may be one of a release that is kept and that did not come to the domain yet: it has the epoch of
    /// that one, or none, and that one is not listed in the domain with another type.
    pub(super) fn may_be_of(&self, place: &Place, kept: &[String]) -> bool {
        let has_epoch = |release: &String| {
            let epoch = release_epoch(release);
            place.epoch() == Epoch::UNVERSIONED || epoch.is_ok_and(|epoch| epoch == place.epoch())
        };
        let in_its_stead = |other: &Place| {
            other.domain == place.domain
                && other.epoch() == place.epoch()
                && other.address != place.address
        };
        let has_another_type = |release: &String| {
            self.iter().any(|(other, releases)| {
                in_its_stead(other) && releases.iter().any(|one| one.release == *release)
            })
        };
        // Free-form keys have a type each.
        let is_open = |release: &&String| place.domain == RAW_DOMAIN || !has_another_type(release);
        kept.iter()
            .filter(|one| has_epoch(one))
            .any(|one| is_open(&one))
    }
}

impl Manager {
    /// Empties addresses. Rows of releases that were seen lately stay: their processes would go on unseen by changes.
    pub(super) async fn purge_all(
        &self,
        doomed: Doomed,
        kept: &[String],
        rate: Option<NonZeroU32>,
        is_dry: bool,
    ) -> Result<PurgeReport> {
        let mut report = PurgeReport {
            in_use: doomed.in_use,
            ..PurgeReport::default()
        };
        let mut pace = Pace::new(rate);
        for (place, releases) in doomed.places {
            let mut purged = PurgedAddress {
                domain: place.domain.clone(),
                epoch: place.epoch().0,
                schema: format!("{:016x}", place.address.schema),
                releases: releases.into_iter().map(|one| one.release).collect(),
                removed: 0,
                left: 0,
                is_forgotten: false,
            };
            if is_dry {
                let scope = place.scope(&self.namespace);
                self.walk(scope, |_, _| purged.removed += 1).await?;
            } else {
                self.empty(&place, &mut purged, &mut pace).await?;
                purged.is_forgotten = self.forget(&place, kept).await?;
            }
            report.addresses.push(purged);
        }
        Ok(report)
    }

    async fn empty(
        &self,
        place: &Place,
        purged: &mut PurgedAddress,
        pace: &mut Pace,
    ) -> Result<()> {
        for _ in 0..MOST_WALKS {
            purged.left = 0;
            let mut pages = pin!(self.store.scan(place.scope(&self.namespace)));
            while let Some(page) = pages.next().await {
                let page = page?;
                let keys: Vec<Key<'_>> =
                    page.iter().map(|(key, _)| OwnedKey::as_key(key)).collect();
                purged.left += u64::try_from(keys.len()).unwrap_or(u64::MAX);
                for keys in keys.chunks(pace.page()) {
                    pace.wait_for(keys.len()).await;
                    for removed in self.remove_many(keys).await {
                        purged.removed += u64::from(removed? != Removed::Missing);
                    }
                }
            }
            if purged.left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Takes an address off the list, as far as nobody was there lately. Says whether it is off. This process is there even if its
    /// row says nothing of it: it is renewed only where others write to the store.
    async fn forget(&self, place: &Place, kept: &[String]) -> Result<bool> {
        let own = self.release().map(str::to_owned);
        let kept: Vec<String> = kept.iter().cloned().chain(own).collect();
        let space = place.space(&self.namespace)?;
        let key = record::key(&self.namespace, &record_of(&space))?;
        let unseen_since = self.ago(ABANDONED_AFTER);
        let forgetting = record::update(&self.store, key.as_key(), |set: &mut LiveSet| {
            let forgotten = set.forget(place.address, unseen_since, &kept);
            let is_off = !set.addresses().contains(&place.address);
            Ok(if forgotten > 0 {
                Change::Write(is_off)
            } else {
                Change::Keep(is_off)
            })
        });
        within(self.limit, forgetting).await
    }

    pub(super) fn ago(&self, time: Duration) -> Timestamp {
        standing::before(self.judge.clock().now(), time)
    }
}
