//! Making entries of one address into entries of another one, while both are in use.
//!
//! A twin is stored as a load stores its value: a lease at its place first, then the source is read, and the twin is put over the
//! lease. A change of the id meanwhile, by any release, takes the lease away. A process that is killed leaves leases, which end
//! by themselves, and twins, which the next run finds.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Condition, Entry, Epoch, Found, Key, Lifetime, Meta, OwnedKey, Payload, Put, PutItem,
    Result, Space, Stamp, Ttl,
};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::sleep;

use super::Manager;
use super::places::Place;
use crate::migration::Kept;
use crate::pace::Pace;
use crate::versions::Versioned;

/// What is read and written at once: few, since entries may be large.
const PAGE: usize = 64;

/// A lease that nothing was put over, since its process was killed, ends after this time.
const LEASE: Duration = Duration::from_secs(5);

/// How often everything is walked through until nothing is left, with a pause after a walk that met leases of others.
const MOST_WALKS: u64 = 64;
const PAUSE: Duration = Duration::from_millis(200);

/// What became of the entries of one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Converted {
    /// The domain.
    pub domain: String,
    /// The epoch and the fingerprint of the type that entries were read from.
    pub from: (u64, String),
    /// The epoch and the fingerprint of the type that they were converted to.
    pub to: (u64, String),
    /// Live entries that the last walk found.
    pub found: u64,
    /// Twins that were stored.
    pub converted: u64,
    /// Entries that the last walk found to have a twin, or another entry in its place.
    pub present: u64,
    /// Entries that are not a value of their type, or could not be converted. The last walk counts.
    pub unreadable: u64,
    /// Walks through the address.
    pub walks: u64,
    /// Whether every entry that was there when the last walk began has a twin or is unreadable.
    pub is_complete: bool,
}

/// From where to where, and how.
pub(super) struct Conversion {
    pub(super) from: Place,
    pub(super) to: Place,
    /// The domain that knows both types; `None` where they are the same.
    pub(super) by: Option<Arc<dyn Kept>>,
}

/// What one walk did.
#[derive(Default)]
struct Tally {
    found: u64,
    converted: u64,
    present: u64,
    unreadable: u64,
    /// To be looked at again: somebody else holds a lease, or changed something meanwhile.
    pending: u64,
}

/// The two sides of a conversion, with what their keys are made of.
struct Sides<'a> {
    conversion: &'a Conversion,
    from: (Space, Epoch),
    to: (Space, Epoch),
    target: &'a Versioned<cache_core::AnyBackend>,
}

impl Conversion {
    /// The entry's twin, of the same times. `None` if it is not a value of its type.
    pub(super) fn twin(&self, entry: &Entry) -> Option<Entry> {
        let meta = Meta {
            stamp: Stamp::next(),
            ..entry.meta
        };
        match (&entry.payload, &self.by) {
            (Payload::Negative, _) => Some(Entry::negative(meta)),
            (Payload::Encoded(_), None) => Some(Entry {
                meta,
                ..entry.clone()
            }),
            (Payload::Encoded(_), Some(domain)) => {
                domain.converted(self.from.address.schema, entry)
            }
            (Payload::Object(_) | Payload::Lease, _) => None,
        }
    }

    pub(super) fn report(&self) -> Converted {
        let told = |place: &Place| {
            let schema = format!("{:016x}", place.address.schema);
            (place.epoch().0, schema)
        };
        Converted {
            domain: self.from.domain.clone(),
            from: told(&self.from),
            to: told(&self.to),
            ..Converted::default()
        }
    }
}

impl Manager {
    /// Converts until a walk leaves nothing that was there when it began without a twin. Another one follows the first that
    /// converted something: meanwhile, others went on loading.
    pub(super) async fn convert(
        &self,
        conversion: &Conversion,
        target: &Versioned<cache_core::AnyBackend>,
        hottest: &[(String, Vec<u8>)],
        pace: &mut Pace,
    ) -> Result<Converted> {
        let sides = Sides {
            conversion,
            from: (
                conversion.from.space(&self.namespace)?,
                conversion.from.epoch(),
            ),
            to: (conversion.to.space(&self.namespace)?, conversion.to.epoch()),
            target,
        };
        let mut report = conversion.report();
        let of_this = hottest
            .iter()
            .filter(|(domain, _)| *domain == report.domain);
        let ids: Vec<&[u8]> = of_this.map(|(_, id)| id.as_slice()).collect();
        let mut tally = Tally::default();
        for page in ids.chunks(pace.page().min(PAGE)) {
            pace.wait_for(page.len()).await;
            self.convert_page(&sides, page, &mut tally).await?;
        }
        report.converted = tally.converted;
        while !report.is_complete && report.walks < MOST_WALKS {
            let tally = self.convert_all(&sides, pace).await?;
            report.walks += 1;
            report.converted += tally.converted;
            (report.found, report.present) = (tally.found, tally.present);
            report.unreadable = tally.unreadable;
            let is_last = report.walks > 1 || tally.converted == 0;
            report.is_complete = tally.pending == 0 && is_last;
            if tally.pending > 0 {
                sleep(PAUSE).await;
            }
        }
        Ok(report)
    }

    async fn convert_all(&self, sides: &Sides<'_>, pace: &mut Pace) -> Result<Tally> {
        let mut tally = Tally::default();
        let scope = sides.conversion.from.scope(&self.namespace);
        let mut pages = pin!(self.store.scan(scope));
        while let Some(page) = pages.next().await {
            let page = page?;
            let keys: Vec<&[u8]> = page.iter().map(|(key, _)| key.as_key().id()).collect();
            for ids in keys.chunks(pace.page().min(PAGE)) {
                pace.wait_for(ids.len()).await;
                self.convert_page(sides, ids, &mut tally).await?;
            }
        }
        Ok(tally)
    }

    async fn convert_page(
        &self,
        sides: &Sides<'_>,
        ids: &[&[u8]],
        tally: &mut Tally,
    ) -> Result<()> {
        let leased = self.lease_missing(sides, ids, tally).await?;
        if leased.is_empty() {
            return Ok(());
        }
        let sources: Result<Vec<OwnedKey>> = leased
            .iter()
            .map(|(twin, _)| {
                Ok(Key::new(&sides.from.0, sides.from.1, twin.as_key().id())?.to_owned())
            })
            .collect();
        let sources = sources?;
        let sources: Vec<Key<'_>> = sources.iter().map(OwnedKey::as_key).collect();
        let (mut twins, mut unused) = (Vec::new(), Vec::new());
        for ((twin, lease), found) in leased.iter().zip(self.get_many(&sources).await) {
            let made = match found.map(Found::unshared) {
                Ok(Found::Entry(entry)) => {
                    tally.found += 1;
                    made(sides, twin, &entry, tally)
                }
                Ok(_) => None,
                Err(error) => {
                    self.give_back(&leased).await;
                    return Err(error);
                }
            };
            match made {
                Some(entry) => twins.push(PutItem {
                    key: twin.as_key(),
                    entry,
                    when: Condition::If(*lease),
                }),
                None => unused.push((twin.as_key(), *lease)),
            }
        }
        self.remove_exactly(&unused).await?;
        for put in self.put_many(sides.target, twins).await {
            match put? {
                Put::Stored(_) => tally.converted += 1,
                Put::Refused(_) => tally.pending += 1,
            }
        }
        Ok(())
    }

    /// Puts a lease where there is nothing yet. Returns the places, with the stamps of the leases.
    async fn lease_missing(
        &self,
        sides: &Sides<'_>,
        ids: &[&[u8]],
        tally: &mut Tally,
    ) -> Result<Vec<(OwnedKey, Stamp)>> {
        let keys: Result<Vec<Key<'_>>> = ids
            .iter()
            .map(|id| Key::new(&sides.to.0, sides.to.1, id))
            .collect();
        let keys = keys?;
        let mut missing = Vec::new();
        for (key, head) in keys.iter().zip(self.heads(sides.target, &keys).await) {
            if head?.is_some() {
                tally.found += 1;
                tally.present += 1;
            } else {
                missing.push(*key);
            }
        }
        let now = self.judge.clock().now();
        let life = Lifetime::starting(now, Ttl::After(LEASE), Duration::ZERO);
        let leases: Vec<Meta> = missing.iter().map(|_| Meta::new(now, life)).collect();
        let items = missing.iter().zip(&leases).map(|(key, lease)| PutItem {
            key: *key,
            entry: Entry::lease(*lease),
            when: Condition::Absent,
        });
        let puts = self.put_many(sides.target, items.collect()).await;
        let mut leased = Vec::new();
        for ((key, lease), put) in missing.iter().zip(&leases).zip(puts) {
            match put? {
                Put::Stored(_) => leased.push((key.to_owned(), lease.stamp)),
                Put::Refused(_) => tally.pending += 1,
            }
        }
        Ok(leased)
    }

    /// Takes leases away, as far as the store answers; the others end by themselves.
    async fn give_back(&self, leased: &[(OwnedKey, Stamp)]) {
        let leased: Vec<_> = leased
            .iter()
            .map(|(key, stamp)| (key.as_key(), *stamp))
            .collect();
        let _ = self.remove_exactly(&leased).await;
    }
}

/// Makes a twin, unless nobody would read it.
fn made(sides: &Sides<'_>, twin: &OwnedKey, entry: &Entry, tally: &mut Tally) -> Option<Entry> {
    if sides.target.is_below(twin.as_key(), &entry.meta) {
        return None;
    }
    let made = sides.conversion.twin(entry);
    tally.unreadable += u64::from(made.is_none());
    made
}
