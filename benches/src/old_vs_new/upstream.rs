//! Where misses go: bodies in memory, answered at once, so that what is measured is the cache.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eve::esi::{EsiClient, EsiConfig};
use eve::standin::StandIn;
use eve::{Id, Kind};
use tokio::task::JoinSet;

use super::day::Day;
use super::kinds::{Body, ByKind, KINDS, Shelves};
use crate::Result;

/// How many bodies are asked for at the same time.
const AT_ONCE: usize = 32;

/// Bodies by id. What is not there does not exist.
pub(super) struct Bodies;

impl Shelves for Bodies {
    type Of<T: Body> = HashMap<Id, T>;
}

/// Every body that a day's look-ups can ask for.
pub(super) type World = ByKind<Bodies>;

/// Asks the stand-in for ESI for each of them once: the bodies are those that a service gets.
///
/// # Errors
/// If it cannot be started, or does not answer.
pub(super) async fn world_of(day: &Day) -> Result<World> {
    let known = day.affiliations.iter().copied();
    let esi = StandIn::builder().affiliations(known).start().await?;
    let client = EsiClient::new(EsiConfig {
        base_url: esi.base_url(),
        ..EsiConfig::default()
    })?;
    let world = World {
        characters: fetch(&client, day).await?,
        corporations: fetch(&client, day).await?,
        alliances: fetch(&client, day).await?,
        systems: fetch(&client, day).await?,
        types: fetch(&client, day).await?,
    };
    esi.close().await;
    Ok(world)
}

async fn fetch<T: Body>(esi: &EsiClient, day: &Day) -> Result<HashMap<Id, T>> {
    let mut ids = day.ids(T::KIND).into_iter();
    let mut asked = JoinSet::new();
    let mut bodies = HashMap::new();
    loop {
        for id in ids.by_ref().take(AT_ONCE.saturating_sub(asked.len())) {
            let lookup = T::ask(esi, id);
            asked.spawn(async move { (id, lookup.send().await) });
        }
        let Some(answered) = asked.join_next().await else {
            return Ok(bodies);
        };
        let (id, answer) = answered?;
        if let Some(body) = answer?.into_value() {
            bodies.insert(id, body);
        }
    }
}

/// The upstream of one side in one round; it counts how often it is asked.
pub(super) struct Upstream {
    world: Arc<World>,
    loads: BTreeMap<Kind, AtomicU64>,
}

impl Upstream {
    pub(super) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            loads: KINDS.map(|kind| (kind, AtomicU64::new(0))).into(),
        })
    }

    /// Answers a body, as its own copy: a load makes a value.
    pub(super) fn load<T: Body>(&self, id: Id) -> Option<T> {
        if let Some(loads) = self.loads.get(&T::KIND) {
            loads.fetch_add(1, Ordering::Relaxed);
        }
        T::of(&self.world).get(&id).cloned()
    }

    /// Returns how often it was asked for a body of this kind.
    pub(super) fn loads_of(&self, kind: Kind) -> u64 {
        let loads = self.loads.get(&kind);
        loads.map_or(0, |loads| loads.load(Ordering::Relaxed))
    }
}
