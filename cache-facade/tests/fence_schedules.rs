//! The fence, explored: flight and fence are compiled here a second time, on a synchronisation whose every step a scheduler
//! decides (shuttle), against a store that yields inside every operation. Five races, thousands of schedules each; with the
//! fence switched off, or only half of it, the same explorations fail.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the included files are used in part"
)]

use std::future::Future;
use std::sync::Arc;

use cache_core::{Condition, Entry, Epoch, Key, Lifetime, Meta, Scope, Space, Stamp, Timestamp};

/// The door that `flight` goes through: here everything is scheduled.
mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
    pub(crate) use shuttle::sync::{Mutex, MutexGuard};
}

#[path = "../src/flight/mod.rs"]
mod flight;

use flight::{
    Entered, Flight, FlightTable, Host, Load, Patience, Publisher, Reread, Target, fenced, lead,
    publish,
};

/// What a loader read from the source of truth, which the writer changes from `OLD` to `NEW` before it acts; or what was put.
type Value = u64;
const OLD: Value = 0;
const NEW: Value = 1;
const PUT: Value = 2;

#[derive(Clone, Copy)]
struct Held {
    value: Value,
    is_fresh: bool,
    stamp: Stamp,
}

/// A store that yields before and after each of its steps.
#[derive(Default)]
struct Store(shuttle::sync::Mutex<Option<Held>>);

impl Store {
    async fn step<O>(&self, act: impl FnOnce(&mut Option<Held>) -> O) -> O {
        shuttle::future::yield_now().await;
        let outcome = act(&mut self.0.lock().unwrap());
        shuttle::future::yield_now().await;
        outcome
    }

    async fn put(&self, value: Value, when: Condition) -> bool {
        self.step(|held| {
            let admitted = match when {
                Condition::Always => true,
                Condition::Absent => !held.is_some_and(|held| held.is_fresh),
                Condition::If(stamp) => held.is_some_and(|held| held.stamp == stamp),
            };
            if admitted {
                *held = Some(Held {
                    value,
                    is_fresh: true,
                    stamp: Stamp::next(),
                });
            }
            admitted
        })
        .await
    }
}

impl Change {
    /// What every read after the answer yields.
    const fn outcome(self) -> Value {
        match self {
            Self::Put | Self::Update => PUT,
            Self::Invalidate | Self::Expire | Self::Clear => NEW,
        }
    }
}

/// What stands in the store when a race starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    Nothing,
    Stale,
    Fresh,
    /// Fresh, but the early readers looked before it came and missed: they open flights all the same.
    FreshAfterMisses,
}

impl Start {
    const ALL: [Self; 4] = [
        Self::Nothing,
        Self::Stale,
        Self::Fresh,
        Self::FreshAfterMisses,
    ];

    fn held(self) -> Option<Held> {
        (self != Self::Nothing).then(|| Held {
            value: OLD,
            is_fresh: self != Self::Stale,
            stamp: Stamp::next(),
        })
    }
}

/// What a run may leave out, to prove that the exploration finds the fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// Nobody fences, and a load is stored whatever stands there.
    NoFence,
    UnconditionalPublish,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Invalidate,
    Put,
    Update,
    Expire,
    Clear,
}

struct World {
    space: Space,
    store: Store,
    truth: shuttle::sync::atomic::AtomicU64,
    flights: Arc<FlightTable<Value>>,
    fault: Fault,
}

struct Loading(Arc<World>);

impl Host<Value> for Loading {
    async fn reread(&mut self) -> Reread<Value> {
        match self.0.store.step(|held| *held).await {
            Some(held) if held.is_fresh => Reread::Fresh(held.value),
            Some(held) => Reread::Load {
                stale: None,
                when: Some(Condition::If(held.stamp)),
            },
            None => Reread::Load {
                stale: None,
                when: Some(Condition::Absent),
            },
        }
    }

    async fn load(&mut self, _: Option<Entry>) -> Load<Value> {
        let answer = self.0.truth.load(std::sync::atomic::Ordering::SeqCst);
        shuttle::future::yield_now().await;
        let life = Lifetime {
            fresh_until: Timestamp::NEVER,
            dead_at: Timestamp::NEVER,
        };
        Load {
            answer,
            entry: Some(Entry::negative(Meta::new(Timestamp::ZERO, life))),
        }
    }

    async fn fenced(&mut self) {}
}

impl Publisher<Value> for World {
    async fn store(&self, _: Entry, when: Condition, answer: &Value, _: &Flight<Value>) {
        let is_unconditional = matches!(self.fault, Fault::NoFence | Fault::UnconditionalPublish);
        let when = if is_unconditional {
            Condition::Always
        } else {
            when
        };
        self.store.put(*answer, when).await;
    }
}

/// Never runs out: the promise is about operations that answered `Ok`.
struct Endless;

impl Patience for Endless {
    fn run_out(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

impl World {
    fn key(&self) -> Key<'_> {
        Key::new(&self.space, Epoch(0), b"k").unwrap()
    }

    /// A read through the cache, as `get_or_load` does it.
    async fn read(self: &Arc<Self>) -> Value {
        if let Some(held) = self.store.step(|held| *held).await
            && held.is_fresh
        {
            return held.value;
        }
        self.load().await
    }

    /// What follows a miss.
    async fn load(self: &Arc<Self>) -> Value {
        loop {
            let flight = match self.flights.enter(self.key()) {
                Entered::Full => panic!("one key cannot fill the table"),
                Entered::Joined(flight) => flight,
                Entered::Leading(leader) => {
                    let flight = Arc::clone(leader.flight());
                    let world = Arc::clone(self);
                    let load = async move {
                        if let Some(publication) =
                            lead(leader, &mut Loading(Arc::clone(&world))).await
                        {
                            publish(publication, &*world).await;
                        }
                    };
                    drop(shuttle::future::spawn(load));
                    flight
                }
            };
            if let Some(value) = flight.answer().await {
                return value;
            }
        }
    }

    async fn change(&self, change: Change) {
        self.truth.store(NEW, std::sync::atomic::Ordering::SeqCst);
        let key = self.key();
        let scope = Scope::domain(self.space.namespace(), self.space.domain());
        let target = if matches!(change, Change::Clear) {
            Target::Scope(scope)
        } else {
            Target::Keys(std::slice::from_ref(&key))
        };
        match self.fault {
            Fault::NoFence => self.act(change).await,
            Fault::None | Fault::UnconditionalPublish => {
                let ((), in_time) =
                    fenced(&self.flights, target, &mut Endless, self.act(change)).await;
                assert!(in_time);
            }
        }
    }

    async fn act(&self, change: Change) {
        match change {
            Change::Invalidate | Change::Clear => self.store.step(|held| *held = None).await,
            Change::Put => {
                self.store.put(PUT, Condition::Always).await;
            }
            Change::Update => loop {
                let when = self
                    .store
                    .step(|held| *held)
                    .await
                    .map_or(Condition::Absent, |held| Condition::If(held.stamp));
                if self.store.put(PUT, when).await {
                    break;
                }
            },
            Change::Expire => {
                let expire = |held: &mut Option<Held>| {
                    if let Some(held) = held {
                        *held = Held {
                            is_fresh: false,
                            stamp: Stamp::next(),
                            ..*held
                        };
                    }
                };
                self.store.step(expire).await;
            }
        }
    }
}

/// One execution: two readers at any time, a writer, and a reader after the writer's answer, who must not see the old value;
/// nor may the store keep it.
fn race(change: Change, start: Start, fault: Fault) {
    shuttle::future::block_on(async move {
        let world = Arc::new(World {
            space: Space::new("schedules", "race", 1).unwrap(),
            store: Store::default(),
            truth: shuttle::sync::atomic::AtomicU64::new(OLD),
            flights: Arc::new(FlightTable::new(16)),
            fault,
        });
        *world.store.0.lock().unwrap() = start.held();
        let early: Vec<_> = (0..2)
            .map(|_| {
                let world = Arc::clone(&world);
                shuttle::future::spawn(async move {
                    if start == Start::FreshAfterMisses {
                        world.load().await
                    } else {
                        world.read().await
                    }
                })
            })
            .collect();
        let writer = Arc::clone(&world);
        let late = shuttle::future::spawn(async move {
            writer.change(change).await;
            assert_eq!(
                writer.read().await,
                change.outcome(),
                "{change:?}: a read after the answer saw the value from before"
            );
        });
        late.await.unwrap();
        for reader in early {
            reader.await.unwrap();
        }
        assert_eq!(
            world.read().await,
            change.outcome(),
            "{change:?}: the store kept the value from before"
        );
        assert!(
            world.flights.open() <= 1,
            "a flight leaves the table at its end"
        );
    });
}

const CHANGES: [Change; 5] = [
    Change::Invalidate,
    Change::Put,
    Change::Update,
    Change::Expire,
    Change::Clear,
];

fn schedules() -> usize {
    if std::env::var_os("CACHE_SOAK").is_some() {
        200_000
    } else {
        10_000
    }
}

/// Half of the schedules are random, half change the running task at few, chosen places (PCT: Burckhardt et al., "A
/// randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010).
fn explore(change: Change, schedules: usize) {
    for start in Start::ALL {
        let race = move || race(change, start, Fault::None);
        shuttle::check_random(race, schedules / 8 + 1);
        shuttle::check_pct(race, schedules / 8 + 1, 3);
    }
    println!(
        "SOAK fence_schedules {change:?}: {} schedules",
        (schedules / 8 + 1) * 8
    );
}

#[test]
fn soak_no_schedule_of_load_against_invalidate_shows_the_old_value() {
    explore(Change::Invalidate, schedules());
}

#[test]
fn soak_no_schedule_of_load_against_put_shows_the_old_value() {
    explore(Change::Put, schedules());
}

#[test]
fn soak_no_schedule_of_load_against_update_shows_the_old_value() {
    explore(Change::Update, schedules());
}

#[test]
fn soak_no_schedule_of_load_against_expire_shows_the_old_value() {
    explore(Change::Expire, schedules());
}

#[test]
fn soak_no_schedule_of_load_against_clear_shows_the_old_value() {
    explore(Change::Clear, schedules());
}

/// Whether some schedule of a race fails with this fault.
fn is_found(change: Change, fault: Fault) -> bool {
    Start::ALL.into_iter().any(|start| {
        let race = move || race(change, start, fault);
        let random = std::panic::catch_unwind(|| shuttle::check_random(race, 5_000));
        random.is_err()
    })
}

#[test]
fn without_the_fence_every_race_fails() {
    for change in CHANGES {
        assert!(is_found(change, Fault::NoFence), "{change:?}");
    }
}

#[test]
fn with_an_unconditional_publish_a_put_is_lost() {
    for change in [Change::Put, Change::Update] {
        assert!(is_found(change, Fault::UnconditionalPublish), "{change:?}");
    }
}
