//! Hits of a stack within this process: the loop that is timed, and that callgrind counts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use backend_moka::MokaBackend;
use cache_core::{
    AnyBackend, Backend, Condition, Entry, Epoch, Found, Judge, Key, Lifetime, Meta, Space, Ttl,
};
use cache_facade::Schema;
use tokio::runtime::Runtime;

use super::noop::Noop;
use super::stacks::{STACKS, Stack, Store};
use crate::Result;
use crate::contender::{Contender, count_right};
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

/// One hour, as the domains of the other commands have it.
pub(super) const LIFE: Duration = Duration::from_secs(3_600);

/// The place whose reads are awaited.
pub(super) const AWAITED: &str = "noop_get";

/// The stores of this process by name, and how they are read. `noop_get` shows what a layer does around a call that is
/// awaited, which takes another way through it: a bare Redis hides that behind its round trip.
pub(super) const PLACES: [Place; 3] = [
    Place {
        name: "noop",
        make: |stacked| Box::new(Now(stacked)),
        is_noop: true,
    },
    Place {
        name: AWAITED,
        make: |stacked| Box::new(Awaited(stacked)),
        is_noop: true,
    },
    Place {
        name: "moka",
        make: |stacked| Box::new(Now(stacked)),
        is_noop: false,
    },
];

/// A store of this process, and one way to read it.
pub(super) struct Place {
    pub(super) name: &'static str,
    make: fn(Stacked) -> Box<dyn Contender>,
    is_noop: bool,
}

/// The number that the one value of the no-op store holds.
const ONLY: u64 = 0;

/// A stack that holds every key of the workload.
struct Stacked {
    name: String,
    store: AnyBackend,
    space: Space,
    /// The number that is found, if it is always the same.
    only: Option<u64>,
}

/// By `get_now`, as the facade asks a store within the process.
struct Now(Stacked);

/// By `get`, as it asks any other.
struct Awaited(Stacked);

/// Makes the contender of this name, `PLACE_STACK`; `None` if there is no such place or stack.
pub(crate) fn make(
    name: &str,
    workload: &Workload,
    runtime: &Runtime,
) -> Option<Result<Box<dyn Contender>>> {
    let pairs = PLACES
        .iter()
        .flat_map(|place| STACKS.iter().map(move |stack| (place, stack)));
    let mut named = pairs.filter(|(place, stack)| place.name_of(stack) == name);
    let (place, stack) = named.next()?;
    Some(place.fill(stack, workload, runtime))
}

impl Place {
    /// What a stack here is called in tables, and as a probe.
    pub(super) fn name_of(&self, stack: &Stack) -> String {
        format!("{}_{}", self.name, stack.name)
    }

    fn fill(
        &self,
        stack: &Stack,
        workload: &Workload,
        runtime: &Runtime,
    ) -> Result<Box<dyn Contender>> {
        let stacked = Stacked {
            name: self.name_of(stack),
            store: (stack.erase)(self.open(workload)?),
            space: space(stack)?,
            only: self.is_noop.then_some(ONLY),
        };
        runtime.block_on(stacked.fill(workload))?;
        Ok((self.make)(stacked))
    }

    fn open(&self, workload: &Workload) -> Result<Store> {
        if self.is_noop {
            let only = Arc::new(Pilot::new(ONLY));
            return Ok(Store::Noop(Noop::of(meta(), only)));
        }
        // Room for twice the keys, so that nothing is evicted.
        let room = workload.keys().len() as u64 * 2;
        Ok(Store::Moka(
            MokaBackend::builder().max_capacity(room).build()?,
        ))
    }
}

/// The place of a stack's entries: its own, since stacks may not read each other's.
pub(super) fn space(stack: &Stack) -> Result<Space> {
    Ok(Space::new(stack.name, "pilot", Pilot::FINGERPRINT)?)
}

/// Makes the meta of an entry that is put now.
pub(super) fn meta() -> Meta {
    let now = Judge::default().clock().now();
    Meta::new(
        now,
        Lifetime::starting(now, Ttl::After(LIFE), Duration::ZERO),
    )
}

impl Stacked {
    async fn fill(&self, workload: &Workload) -> Result {
        for id in workload.keys() {
            let key = Key::new(&self.space, Epoch::UNVERSIONED, id.text.as_bytes())?;
            let entry = Entry::object(meta(), Arc::new(Pilot::new(id.number)));
            self.store.put(key, entry, Condition::Always).await?;
        }
        Ok(())
    }

    #[inline(always)]
    fn key<'a>(&'a self, draw: Draw<'a>) -> Option<Key<'a>> {
        Key::new(&self.space, Epoch::UNVERSIONED, draw.text.as_bytes()).ok()
    }

    /// The number of the draw if this is what it has to find.
    #[inline(always)]
    fn number_in(&self, found: Found, draw: Draw<'_>) -> Option<u64> {
        let Found::Shared(shared) = found else {
            return None;
        };
        let pilot = shared.downcast::<Pilot>().ok()?;
        (pilot.number == self.only.unwrap_or(draw.number)).then_some(draw.number)
    }
}

impl Contender for Now {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn look_up(&self, draws: &[Draw<'_>], _: &Runtime) -> Result<usize> {
        let Self(stacked) = self;
        Ok(count_right(draws, |draw| {
            let found = stacked.store.get_now(stacked.key(draw)?)?;
            stacked.number_in(found, draw)
        }))
    }
}

impl Contender for Awaited {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
        let Self(stacked) = self;
        runtime.block_on(async {
            let mut right = 0;
            for draw in draws {
                let draw = black_box(*draw);
                let Some(key) = stacked.key(draw) else {
                    continue;
                };
                let found = stacked.store.get(key).await?;
                right += usize::from(stacked.number_in(found, draw).is_some());
            }
            Ok(right)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shift::runtime;
    use crate::workload::TEXT_BYTES;

    #[test]
    fn every_stack_finds_every_key() {
        let runtime = runtime().unwrap();
        let workload = Workload::new(50, TEXT_BYTES);
        let draws = workload.draws();
        let draws = &draws[..500];
        for place in &PLACES {
            for stack in &STACKS {
                let name = place.name_of(stack);
                let contender = make(&name, &workload, &runtime).unwrap().unwrap();
                assert_eq!(contender.name(), name);
                assert_eq!(contender.look_up(draws, &runtime).unwrap(), 500, "{name}");
            }
        }
    }

    #[test]
    fn only_stacks_and_places_that_there_are_have_a_name() {
        let workload = Workload::new(1, TEXT_BYTES);
        for name in ["moka", "moka_nothing", "full_stack", ""] {
            assert!(make(name, &workload, &runtime().unwrap()).is_none());
        }
    }
}
