//! A service that looks entities up, and what a replay through it found.

use std::collections::BTreeMap;
use std::future::Future;
use std::hint::black_box;

use eve::killmail::Entity;
use eve::model::{Alliance, Character, Corporation, SolarSystem, UniverseType};
use eve::{Id, Kind};

use super::kinds::Body;
use crate::Result;

/// One way to cache what the upstream knows.
pub(super) trait Service: Send + Sync + 'static {
    /// The form in which a value is handed out.
    type Value<T: Body>: Send;

    /// Returns the value of an id, from the cache or from the upstream; `None` if there is none.
    fn find<T: Body>(&self, id: Id) -> impl Future<Output = Result<Option<Self::Value<T>>>> + Send;

    /// Ends the service, which found this; an error if it has counted anything else itself.
    fn end(self, found: &Tally) -> impl Future<Output = Result> + Send;
}

/// What look-ups of a kind found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Answered by the cache, the knowledge that there is no such entity included.
    pub(super) hits: u64,
    /// Answered by the upstream.
    pub(super) misses: u64,
}

/// What a replay found, by kind.
pub(super) type Tally = BTreeMap<Kind, Counts>;

/// Looks every entity up, one after the other; returns how many of them exist.
///
/// # Errors
/// Whatever the cache answers.
pub(super) async fn replay(service: &impl Service, look_ups: &[Entity]) -> Result<usize> {
    let mut exist = 0;
    for entity in look_ups {
        exist += usize::from(look_up(service, *entity).await?);
    }
    Ok(exist)
}

async fn look_up(service: &impl Service, entity: Entity) -> Result<bool> {
    let id = entity.id();
    Ok(match entity {
        Entity::Character(_) => exists(service.find::<Character>(id).await?),
        Entity::Corporation(_) => exists(service.find::<Corporation>(id).await?),
        Entity::Alliance(_) => exists(service.find::<Alliance>(id).await?),
        Entity::System(_) => exists(service.find::<SolarSystem>(id).await?),
        Entity::Type(_) => exists(service.find::<UniverseType>(id).await?),
    })
}

/// A value that nobody looks into must be made all the same.
fn exists<V>(found: Option<V>) -> bool {
    black_box(found).is_some()
}
