//! The service's cache: one release, five domains.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, domain};
use rollout_tests::lookup::{Kind, Lookup};
use rollout_tests::report::{Answer, Report};
use rollout_tests::values::Thing;
use rollout_tests::values::own::{Character, Group, RELEASE, characters};

use crate::Outcome;
use crate::shelf::{Shelf, open, supplied};
use crate::upstream::Upstream;

/// What a machine that also runs other tests may take for an answer: a timeout would be a miss. No longer: for four of these,
/// nothing is taken over to a type that is new.
const DEADLINE: Duration = Duration::from_millis(500);

pub(crate) struct Service {
    cache: Cache,
    shelves: BTreeMap<Kind, Box<dyn Shelf>>,
    pub(crate) upstream: Arc<Upstream>,
    kills: Vec<Vec<Lookup>>,
    from: usize,
    pub(crate) passes: AtomicU64,
    pub(crate) kills_played: AtomicU64,
}

impl Service {
    pub(crate) fn new(
        url: &str,
        namespace: &str,
        kills: Vec<Vec<Lookup>>,
        from: usize,
    ) -> Outcome<Self> {
        let mut config = CacheConfig::from_url(url)?;
        namespace.clone_into(&mut config.namespace);
        config.deadline = DEADLINE;
        let upstream = Arc::new(Upstream::default());
        let cache = Cache::builder()
            .config(config)
            .release(RELEASE)
            .domain(supplied(characters(), Kind::Character, &upstream))
            .domain(supplied(domain::<Group>(), Kind::Corporation, &upstream))
            .domain(supplied(domain::<Group>(), Kind::Alliance, &upstream))
            .domain(supplied(domain::<Thing>(), Kind::System, &upstream))
            .domain(supplied(domain::<Thing>(), Kind::Type, &upstream))
            .build()?;
        let shelves = BTreeMap::from([
            (
                Kind::Character,
                open::<Character>(&cache, Kind::Character, &upstream)?,
            ),
            (
                Kind::Corporation,
                open::<Group>(&cache, Kind::Corporation, &upstream)?,
            ),
            (
                Kind::Alliance,
                open::<Group>(&cache, Kind::Alliance, &upstream)?,
            ),
            (
                Kind::System,
                open::<Thing>(&cache, Kind::System, &upstream)?,
            ),
            (Kind::Type, open::<Thing>(&cache, Kind::Type, &upstream)?),
        ]);
        Ok(Self {
            cache,
            shelves,
            upstream,
            kills,
            from,
            passes: AtomicU64::new(0),
            kills_played: AtomicU64::new(0),
        })
    }

    fn shelf(&self, kind: Kind) -> Outcome<&dyn Shelf> {
        let shelf = self.shelves.get(&kind).ok_or("a domain without a shelf")?;
        Ok(shelf.as_ref())
    }

    /// Reads once in every domain: who has read is listed.
    pub(crate) async fn enter(&self) -> Outcome {
        for shelf in self.shelves.values() {
            shelf.enter().await?;
        }
        Ok(())
    }

    /// Returns the kills of a pass, in its order.
    pub(crate) fn pass(&self) -> impl Iterator<Item = &[Lookup]> {
        let (first, rest) = self.kills.split_at(self.from.min(self.kills.len()));
        rest.iter().chain(first).map(Vec::as_slice)
    }

    /// Looks everything up that a kill mentions, one after the other. What goes wrong is counted.
    pub(crate) async fn play(&self, kill: &[Lookup]) -> Outcome {
        for lookup in kill {
            // An error is counted by the shelf.
            let _ = self.shelf(lookup.kind)?.look_up(lookup.id).await;
        }
        self.kills_played.fetch_add(1, Relaxed);
        Ok(())
    }

    pub(crate) async fn read(&self, lookup: Lookup) -> Outcome<Answer> {
        let seal = self.shelf(lookup.kind)?.look_up(lookup.id).await?;
        let seal = seal.ok_or("a wrong value")?;
        Ok(Answer::Read {
            edition: seal.edition(),
            made_by: seal.made_by().to_owned(),
        })
    }

    pub(crate) async fn put(&self, lookup: Lookup, edition: u64) -> Outcome {
        Ok(self.shelf(lookup.kind)?.put(lookup.id, edition).await?)
    }

    pub(crate) async fn invalidate(&self, lookup: Lookup) -> Outcome {
        Ok(self.shelf(lookup.kind)?.invalidate(lookup.id).await?)
    }

    pub(crate) fn report(&self) -> Report {
        let shelves = self.shelves.iter();
        Report {
            release: RELEASE.to_owned(),
            passes: self.passes.load(Relaxed),
            kills: self.kills_played.load(Relaxed),
            domains: shelves
                .map(|(kind, shelf)| (*kind, shelf.counts()))
                .collect(),
        }
    }

    pub(crate) async fn close(&self) -> Outcome {
        Ok(self.cache.close().await?)
    }
}
