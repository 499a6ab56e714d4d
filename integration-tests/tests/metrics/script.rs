//! A script that meets every outcome of every operation, and the independent count of what each step is counted as.

use std::io;
use std::sync::Barrier;
use std::thread;

use cache_core::Reason;
use cache_facade::{
    Cache, Cacheable, Domain, DomainStats, ErrorKind, Loaded, Operation, PutOptions, Ttl,
};
use cache_testkit::{Fault, Faults};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

pub(crate) const THREADS: u64 = 8;
pub(crate) const TTL: Duration = Duration::from_secs(60);

/// How often each fault is met.
const FAULTS: u64 = 100;
/// What a `get` meets that the script programs, each [`FAULTS`] times.
const MET: [Fault; 9] = [
    Fault::Error(ErrorKind::Unavailable),
    Fault::Error(ErrorKind::Timeout),
    Fault::Unreadable(Reason::Magic),
    Fault::Unreadable(Reason::Format),
    Fault::Unreadable(Reason::Codec),
    Fault::Unreadable(Reason::Checksum),
    Fault::Unreadable(Reason::WrongType),
    Fault::Unreadable(Reason::Schema),
    Fault::Unreadable(Reason::Clock),
];

#[derive(Clone, Debug, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "item", ttl = "60s", negative_ttl = "10s")]
pub(crate) struct Item(u64);

/// The ids of one round of one thread; no other has them.
#[derive(Clone, Copy)]
struct Ids {
    put: u64,
    loaded: u64,
    absent: u64,
    failed: u64,
    slow: u64,
}

impl Ids {
    fn of(thread: u64, round: u64) -> Self {
        let first = 5 * (round * THREADS + thread);
        Self {
            put: first,
            loaded: first + 1,
            absent: first + 2,
            failed: first + 3,
            slow: first + 4,
        }
    }
}

/// While time stands still.
async fn first_act(items: &Domain<Item>, ids: Ids) {
    let value = |_| async { Ok::<_, io::Error>(Item(1)) };
    let absent = |_| async { Ok::<_, io::Error>(Loaded::Absent) };
    let fails = |_| async { Err::<Item, _>(io::Error::other("down")) };
    for id in [ids.put, ids.slow] {
        let options = PutOptions::new().stale_for(TTL);
        items.put_with(id, Item(0), options).await.unwrap();
    }
    for _ in 0..3 {
        items.get(ids.put).await.unwrap();
    }
    for _ in 0..2 {
        items.get_or_load_with(ids.loaded, value).await.unwrap();
        items.get_or_load_with(ids.absent, absent).await.unwrap();
    }
    let error = items.get_or_load_with(ids.failed, fails).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Load);
    let changing = items.clone();
    let overtaken = move |_| async move { changing.invalidate(ids.failed).await.map(|_| Item(2)) };
    items.get_or_load_with(ids.failed, overtaken).await.unwrap();
    let batch = items.get_many([ids.put, ids.loaded, ids.failed]).await;
    assert_eq!(batch.len(), 3);
    items.update(ids.loaded, |_| Some(Item(3))).await.unwrap();
    items.touch(ids.put, Ttl::Default).await.unwrap();
    let held = items.put_if_absent(ids.put, Item(4), Ttl::Default);
    assert!(!held.await.unwrap());
}

fn first_counts(all: &mut DomainStats) {
    all.writes += 2 + 1 + 1;
    all.fresh += 3 + 1 + 2;
    all.negative += 1;
    all.misses.absent += 2 + 1 + 1 + 1;
    all.loads += 4;
    all.load_values += 2;
    all.load_absents += 1;
    all.load_errors += 1;
    all.fenced += 1;
    all.invalidations.removed += 1;
}

/// After the TTL: what was put is stale, what was loaded is dead.
async fn second_act(items: &Domain<Item>, ids: Ids) {
    let value = |_| async { Ok::<_, io::Error>(Item(5)) };
    let (release, released) = oneshot::channel();
    let later = move |_| async move { released.await.map(|()| Item(6)) };
    items.lookup(ids.put).await.unwrap();
    items.get(ids.loaded).await.unwrap();
    items.get(ids.absent).await.unwrap();
    let stale = items.get_or_load_with(ids.slow, later).await.unwrap();
    assert!(stale.unwrap().is_stale());
    release.send(()).unwrap();
    items.get_or_load_inline(ids.loaded, value).await.unwrap();
    items.get(ids.loaded).await.unwrap();
    items.expire(ids.loaded).await.unwrap();
    items
        .put_many([(ids.failed, Item(7)), (ids.absent, Item(8))])
        .await;
    items.invalidate(ids.put).await.unwrap();
    items.invalidate_many([ids.absent, ids.failed]).await;
    items.get(ids.put).await.unwrap();
}

fn second_counts(all: &mut DomainStats) {
    all.stale += 1 + 1;
    all.stale_served += 1;
    all.misses.expired += 1 + 1 + 1;
    all.loads += 1 + 1;
    all.load_values += 1 + 1;
    all.fresh += 1;
    all.writes += 2;
    all.invalidations.expired += 1;
    all.invalidations.removed += 1 + 2;
    all.misses.absent += 1;
}

/// Plays the script with so many rounds in each thread, and returns what it has to be counted as.
pub(crate) fn play(cache: &Cache, faults: &Faults, rounds: u64, advance: impl Fn()) -> DomainStats {
    let items = &cache.domain::<Item>().unwrap();
    let runtime = Runtime::new().unwrap();
    assert!(THREADS * rounds >= MET.len() as u64 * FAULTS);
    on_all_threads(&runtime, cache, rounds, async |ids| {
        first_act(items, ids).await;
    });
    // Whoever meets them: each of these look-ups would have found a fresh value.
    for fault in MET {
        (0..FAULTS).for_each(|_| faults.next(Operation::Get, fault.clone()));
    }
    on_all_threads(&runtime, cache, rounds, async |ids| {
        drop(items.get(ids.put).await);
    });
    cache.set_bypass(true);
    on_all_threads(&runtime, cache, rounds, async |ids| {
        drop(items.get(ids.put).await);
    });
    cache.set_bypass(false);
    advance();
    on_all_threads(&runtime, cache, rounds, async |ids| {
        second_act(items, ids).await;
    });
    on_all_threads(&runtime, cache, 1, async |_| items.clear().await.unwrap());
    expected(rounds)
}

fn expected(rounds: u64) -> DomainStats {
    let mut all = DomainStats::default();
    for _ in 0..THREADS * rounds {
        first_counts(&mut all);
        second_counts(&mut all);
    }
    all.fresh += THREADS * rounds - MET.len() as u64 * FAULTS;
    all.misses.backend_error += FAULTS;
    all.misses.timeout += FAULTS;
    all.failures += 2 * FAULTS;
    all.misses.undecodable += 4 * FAULTS;
    all.misses.wrong_type += FAULTS;
    all.misses.schema += FAULTS;
    all.misses.clock += FAULTS;
    all.misses.bypassed += THREADS * rounds;
    all.invalidations.cleared += THREADS;
    all
}

/// How many operations were counted.
pub(crate) fn operations(stats: &DomainStats) -> u64 {
    stats.lookups() + stats.loads + stats.writes + stats.invalidations.total()
}

/// Runs this for each round on eight threads; it ends when all loads have.
fn on_all_threads(runtime: &Runtime, cache: &Cache, rounds: u64, act: impl AsyncFn(Ids) + Sync) {
    let together = Barrier::new(usize::try_from(THREADS).unwrap());
    thread::scope(|scope| {
        for own in 0..THREADS {
            let (act, together) = (&act, &together);
            scope.spawn(move || {
                together.wait();
                runtime.block_on(async {
                    for round in 0..rounds {
                        act(Ids::of(own, round)).await;
                    }
                    cache.settle().await;
                });
            });
        }
    });
}

pub(crate) fn item(number: u64) -> Item {
    Item(number)
}
