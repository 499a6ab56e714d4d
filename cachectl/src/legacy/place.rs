//! The new places: what stands there, the lease that is put where nothing does, and the value that is stored over it.

use std::time::Duration;

use cache_core::{Backend, CodecKind, Condition, Entry, Lifetime, Meta, Put, PutItem, Result, Ttl};
use futures_util::future::join_all;
use tokio::time::sleep;

use super::mover::{Item, Mover, Seen};
use super::old::Value;
use super::route::Route;
use super::tally::End;

/// How long a lease lives: that of a run that was killed keeps others from loading the id for so long.
pub(super) const LEASE: Duration = Duration::from_secs(5);

/// After this time, an address that was listed just now is known to every change that is under way.
const LONGEST_SETTLING: Duration = Duration::from_secs(2);

/// An id that has nothing in its new place.
pub(super) struct Free {
    pub(super) item: Item,
    /// When something may be stored there: over our lease. In a dry run, which stores nothing, there is none.
    when: Condition,
}

impl Mover<'_> {
    /// Lists the release at every address that values go to, and waits for changes that began before: they know nothing of
    /// the address, and would not reach what is moved there.
    pub(super) async fn enter(&mut self) {
        if self.mode.is_dry || !self.mode.moves {
            return;
        }
        let mut settles_in = Duration::ZERO;
        for route in self.routes {
            match self.entered(route).await {
                Ok(time) => settles_in = settles_in.max(time),
                Err(error) => return self.give_up(error),
            }
        }
        // A clock that is wrong holds nobody up for longer.
        sleep(settles_in.min(LONGEST_SETTLING)).await;
    }

    async fn entered(&self, route: &Route) -> Result<Duration> {
        let any = route.any()?;
        self.versions.head(any.as_key()).await?;
        Ok(self.versions.settles_in(any.as_key()))
    }

    /// Tells those that have nothing in their new place from those that have an entry there, in whatever state: a stale one
    /// is the release's own too.
    pub(super) async fn look(&mut self, items: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
        let heads = join_all(items.iter().map(|item| async {
            let key = item.key.as_key();
            if self.mode.is_dry {
                self.versions.get_ref().head(key).await
            } else {
                self.versions.head(key).await
            }
        }))
        .await;
        let (mut absent, mut present) = (Vec::new(), Vec::new());
        for (item, head) in items.into_iter().zip(heads) {
            match head {
                Ok(Some(_)) => present.push(item),
                Ok(None) => absent.push(item),
                Err(error) => self.fail(&item, error),
            }
        }
        (absent, present)
    }

    /// Puts a lease into each place. Those that somebody else is loading are tried again later; those that have an entry by
    /// now are added to `present`.
    pub(super) async fn lease(&mut self, items: Vec<Item>, present: &mut Vec<Item>) -> Vec<Free> {
        if self.mode.is_dry {
            let when = Condition::Absent;
            return items.into_iter().map(|item| Free { item, when }).collect();
        }
        let now = self.judge.clock().now();
        let life = Lifetime::starting(now, Ttl::After(LEASE), Duration::ZERO);
        let puts = items.iter().map(|item| PutItem {
            key: item.key.as_key(),
            entry: Entry::lease(Meta::new(now, life)),
            when: Condition::Absent,
        });
        let answers = self.loads.put_many(puts.collect()).await;
        let mut free = Vec::new();
        for (item, answer) in items.into_iter().zip(answers) {
            match answer {
                Ok(Put::Stored(lease)) => {
                    let when = Condition::If(lease);
                    free.push(Free { item, when });
                }
                Ok(Put::Refused(Some(standing))) if standing.is_lease() => self.later.push(item),
                Ok(Put::Refused(Some(_))) => present.push(item),
                Ok(Put::Refused(None)) => self.count(&item, End::Overtaken),
                Err(error) => self.fail(&item, error),
            }
        }
        free
    }

    /// Stores values over their leases; returns what was seen of those that were.
    pub(super) async fn store(&mut self, values: Vec<Value>) -> Vec<Seen> {
        let mut seen = Vec::new();
        if self.mode.is_dry {
            for value in values {
                self.count(&value.free.item, End::Moved);
            }
            return seen;
        }
        let puts = values.iter().map(|value| PutItem {
            key: value.free.item.key.as_key(),
            entry: Entry::encoded(value.meta, CodecKind::Json, value.bytes.clone()),
            when: value.free.when,
        });
        let answers = self.loads.put_many(puts.collect()).await;
        let mut unused = Vec::new();
        for (value, answer) in values.into_iter().zip(answers) {
            match answer {
                Ok(Put::Stored(_)) => {
                    self.count(&value.free.item, End::Moved);
                    seen.push((value.free.item, value.bytes));
                    continue;
                }
                Ok(Put::Refused(_)) => self.count(&value.free.item, End::Overtaken),
                Err(error) => {
                    self.fail(&value.free.item, error);
                    unused.push(value.free);
                }
            }
        }
        self.release(unused).await;
        seen
    }

    /// Takes leases away over which nothing will be stored. One that cannot be reached ends by itself.
    pub(super) async fn release(&self, unused: Vec<Free>) {
        let removals = unused.iter().filter_map(|free| match free.when {
            Condition::If(lease) => Some(self.loads.remove(free.item.key.as_key(), Some(lease))),
            Condition::Always | Condition::Absent => None,
        });
        join_all(removals).await;
    }
}
