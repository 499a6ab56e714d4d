//! The fence on real threads: one loads what the truth is, the other changes the truth and then the key. Once the change was
//! answered, nobody sees the truth from before. The same with the changes made below the facade, past the fence, fails.
//!
//! 20,000 rounds; 1,000,000 where `CACHE_SOAK` is set.
#![cfg(feature = "moka")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backend_moka::{MokaBackend, MokaConfig};
use cache_core::{Condition, Entry, Epoch, Judge, Key, Lifetime, Meta, Schema, Space, Ttl};
use cache_facade::config::CacheConfig;
use cache_facade::{Backend, Cache, Domain};
use cache_testkit::Yielding;

const ID: &str = "contended";

/// Two threads, over and over from a common start.
#[derive(Default)]
struct Arena {
    /// What a loader reads.
    truth: AtomicU64,
    /// The truth whose change was answered.
    answered: AtomicU64,
    /// Rounds that each thread has begun.
    begun: [AtomicU64; 2],
    is_over: AtomicBool,
    violations: AtomicU64,
}

impl Arena {
    /// Waits for the other thread, by spinning; `false` when all is over.
    fn meet(&self, own: usize) -> bool {
        let round = self.begun[own].fetch_add(1, SeqCst) + 1;
        let mut spins = 0_u32;
        while self.begun[1 - own].load(SeqCst) < round {
            if self.is_over.load(SeqCst) {
                return false;
            }
            spins += 1;
            if spins.is_multiple_of(64) {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
        !self.is_over.load(SeqCst)
    }

    fn check(&self, seen: u64, least: u64) {
        if seen < least {
            self.violations.fetch_add(1, SeqCst);
        }
    }
}

/// Ends it for both when one thread ends, whether it is done or panics.
struct Over<'a>(&'a Arena);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, SeqCst);
    }
}

/// Waits a little, another while each time; now and then it lets the other thread go first, also where both share a core.
fn linger(random: &mut u64, most: u64) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    if random.is_multiple_of(4) {
        std::thread::yield_now();
    }
    for _ in 0..(*random >> 8) % most {
        std::hint::spin_loop();
    }
}

async fn load(values: &Domain<u64>, arena: &Arc<Arena>, mut random: u64) -> u64 {
    let source = Arc::clone(arena);
    let load = move |_| async move {
        let truth = source.truth.load(SeqCst);
        // Long enough for a whole change to fit in.
        linger(&mut random, 1_024);
        Ok::<_, Infallible>(truth)
    };
    *values.get_or_load_with(ID, load).await.unwrap().unwrap()
}

/// How the writer changes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Facade,
    /// The same over a store that yields in every operation, so that loads and publishes are tasks of their own.
    FacadeOverYields,
    PastTheFence,
}

struct Writer {
    values: Domain<u64>,
    store: Arc<MokaBackend>,
    space: Space,
    way: Way,
}

impl Writer {
    /// One of five changes, each round another.
    async fn change(&self, round: u64, truth: u64) {
        if self.way == Way::PastTheFence {
            return self.change_below(round, truth).await;
        }
        match round % 16 {
            0 => self.values.clear().await.unwrap(),
            1..=4 => drop(self.values.invalidate(ID).await.unwrap()),
            5..=8 => self.values.put(ID, truth).await.unwrap(),
            9..=12 => drop(self.values.update(ID, |_| Some(truth)).await.unwrap()),
            _ => drop(self.values.expire(ID).await.unwrap()),
        }
    }

    async fn change_below(&self, round: u64, truth: u64) {
        if round % 16 < 8 {
            self.store.remove(self.key(), None).await.unwrap();
        } else {
            let entry = Entry::object(Self::meta(), Arc::new(truth));
            let put = self.store.put(self.key(), entry, Condition::Always).await;
            assert!(put.unwrap().is_stored());
        }
    }

    fn key(&self) -> Key<'_> {
        Key::new(&self.space, Epoch::UNVERSIONED, ID.as_bytes()).unwrap()
    }

    fn meta() -> Meta {
        let now = Judge::default().clock().now();
        Meta::new(now, Lifetime::starting(now, Ttl::Never, Duration::ZERO))
    }

    /// Every other round begins with nothing there, so that the other thread loads.
    async fn rounds(&self, arena: &Arc<Arena>, rounds: u64, until_violated: bool) {
        let _over = Over(arena);
        let mut random = 0x9E37_79B9_7F4A_7C15;
        for round in 0..rounds {
            if round % 2 == 0 {
                self.values.invalidate(ID).await.unwrap();
            }
            if !arena.meet(0) {
                break;
            }
            linger(&mut random, 128);
            let truth = arena.truth.fetch_add(1, SeqCst) + 1;
            self.change(round, truth).await;
            arena.answered.store(truth, SeqCst);
            if let Some(seen) = self.values.get(ID).await.unwrap() {
                arena.check(*seen, truth);
            }
            arena.check(load(&self.values, arena, random).await, truth);
            if until_violated && arena.violations.load(SeqCst) > 0 {
                break;
            }
        }
    }
}

async fn read_on(values: &Domain<u64>, arena: &Arc<Arena>) {
    let _over = Over(arena);
    let mut random = 0xD1B5_4A32_D192_ED03;
    while arena.meet(1) {
        for _ in 0..2 {
            linger(&mut random, 128);
            let answered = arena.answered.load(SeqCst);
            arena.check(load(values, arena, random).await, answered);
        }
    }
}

/// Two threads at a time are enough for two cores.
static ONE_RUN: Mutex<()> = Mutex::new(());

/// Runs the two threads; returns how often the promise was broken.
fn run(way: Way, rounds: u64) -> u64 {
    let _alone = ONE_RUN.lock().unwrap_or_else(PoisonError::into_inner);
    let store = Arc::new(MokaBackend::new(&MokaConfig::default(), Judge::default()).unwrap());
    let yields = u32::from(way == Way::FacadeOverYields);
    let mut config = CacheConfig::default();
    // A thread that waits for its turn on a busy machine is no failure.
    config.deadline = Duration::from_secs(60);
    let backend = Yielding::new(Arc::clone(&store), yields);
    let cache = Cache::builder().config(config).backend(backend);
    let cache = cache.build().unwrap();
    let values = cache.raw::<u64>().unwrap();
    let space = Space::new("cache", "raw", u64::FINGERPRINT).unwrap();
    let arena = Arc::new(Arena::default());
    let writer = Writer {
        values: values.clone(),
        store,
        space,
        way,
    };
    let theirs = Arc::clone(&arena);
    let reader = values.clone();
    let reader = std::thread::spawn(move || on_a_runtime(read_on(&reader, &theirs)));
    on_a_runtime(writer.rounds(&arena, rounds, way == Way::PastTheFence));
    reader.join().unwrap();
    let stats = values.stats();
    println!(
        "SOAK fence_threads {way:?} rounds={} loads={} joined={} fenced={} violations={}",
        arena.begun[0].load(SeqCst),
        stats.loads,
        stats.waiters,
        stats.fenced,
        arena.violations.load(SeqCst)
    );
    assert!(
        way == Way::PastTheFence || stats.fenced > 0,
        "the threads met"
    );
    arena.violations.load(SeqCst)
}

fn on_a_runtime<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap().block_on(future)
}

fn rounds() -> u64 {
    if std::env::var_os("CACHE_SOAK").is_some() {
        1_000_000
    } else {
        20_000
    }
}

#[test]
fn soak_after_a_change_was_answered_nobody_sees_the_truth_from_before() {
    assert_eq!(run(Way::Facade, rounds()), 0);
}

#[test]
fn soak_nor_where_every_step_of_the_store_yields() {
    assert_eq!(run(Way::FacadeOverYields, rounds() / 4), 0);
}

#[test]
fn soak_changes_past_the_fence_are_seen_to_break_the_promise() {
    assert!(run(Way::PastTheFence, 10 * rounds()) > 0);
}
