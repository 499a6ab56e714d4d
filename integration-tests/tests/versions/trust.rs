//! A change through one release is seen through every other: never an older value than the change.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, domain};
use integration_tests::RedisServer;

use crate::releases::{First, Release, Source, Swapped, migrated, on, start, start_with};

/// The releases that are at work together: a patch with the same type, one with another that takes over, one that does not, a
/// major one, and the first again.
fn fleet(config: &CacheConfig) -> Vec<Box<dyn Release>> {
    vec![
        start::<First>(config, "1.4.0"),
        start::<First>(config, "1.4.1"),
        start_with(config, "1.5.0", migrated()),
        start::<Swapped>(config, "1.6.0"),
        start::<Swapped>(config, "2.0.0"),
        start::<First>(config, "1.4.0"),
    ]
}

/// Changes an id in one of the ways that there are.
async fn change(through: &dyn Release, way: usize, id: usize, source: &Source) {
    let other = (id + 1) % Source::IDS;
    match way {
        0 => through.put(id, source.grow(id)).await,
        1 => through.update(id, source.grow(id)).await,
        2 => {
            let items = [(id, source.grow(id)), (other, source.grow(other))];
            through.put_many(&items).await;
        }
        3 => {
            source.grow(id);
            through.invalidate(id).await;
        }
        4 => {
            source.grow(id);
            source.grow(other);
            through.invalidate_many(&[id, other]).await;
        }
        5 => {
            source.grow(id);
            through.expire(id).await;
        }
        _ => {
            source.grow(id);
            through.clear().await;
        }
    }
}

const WAYS: usize = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_release_changes_no_other_reads_older() {
    let server = RedisServer::start().unwrap();
    let fleet = fleet(&on(&server));
    let source = Arc::new(Source::default());
    let random = Random::new();
    let mut hits = 0;
    for _ in 0..1_500 {
        let id = random.below(Source::IDS);
        let by = &fleet[random.below(fleet.len())];
        change(by.as_ref(), random.below(WAYS), id, &source).await;
        for reader in &fleet {
            let one = random.below(Source::IDS);
            if let Some(number) = reader.get(one).await {
                assert_eq!(number, source.now(one), "seed {}", random.seed);
                hits += 1;
            }
            assert_eq!(
                reader.load(one, &source).await,
                source.now(one),
                "seed {}",
                random.seed
            );
            for (id, found) in reader.get_all().await.into_iter().enumerate() {
                assert!(
                    found.is_none_or(|number| number == source.now(id)),
                    "seed {}",
                    random.seed
                );
            }
        }
    }
    println!("{hits} hits among 9,000 reads");
    assert!(hits > 500, "{hits}");
}

/// Readers of every release load all the time; a value that is older than a change that had ended before the read began is
/// a violation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_load_of_another_release_outlives_a_change() {
    let server = RedisServer::start().unwrap();
    let config = on(&server);
    let reads = readers_see_every_change(fleet(&config), &fleet(&config)).await;
    println!("{reads} reads beside 1,500 changes");
}

/// The same while one release's values are converted into the other's, over and over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_conversion_outlives_a_change() {
    let server = RedisServer::start().unwrap();
    let config = on(&server);
    let two = || {
        vec![
            start::<First>(&config, "1.4.0"),
            start::<First>(&config, "2.0.0"),
        ]
    };
    let cache = Cache::builder().config(config.clone()).release("2.0.0");
    let cache = cache.domain(domain::<First>()).build().unwrap();
    let (readers, writers) = (two(), two());
    for release in &readers {
        release.get(0).await;
    }
    let versions = cache.versions().unwrap();
    let converting = tokio::spawn(async move {
        let mut converted = 0;
        loop {
            let done = versions.copy("1.4.0", "2.0.0", 0).await.unwrap();
            converted += done.iter().map(|one| one.converted).sum::<u64>();
            if converted >= ENOUGH {
                return converted;
            }
        }
    });
    let mut reads = 0;
    while !converting.is_finished() {
        reads += readers_see_every_change(two(), &writers).await;
    }
    let converted = converting.await.unwrap();
    println!("{reads} reads beside {converted} conversions");
}

/// Conversions beside which changes are made.
const ENOUGH: u64 = 200;

/// Lets readers load all the time while 1,500 changes are made one after the other. Returns how often they read.
async fn readers_see_every_change(
    readers: Vec<Box<dyn Release>>,
    writers: &[Box<dyn Release>],
) -> u64 {
    let source = Arc::new(Source::default());
    let settled: Arc<[AtomicU64; Source::IDS]> = Arc::default();
    let (is_over, reads) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    // What other values than these were there before.
    writers[0].clear().await;
    let readers: Vec<_> = readers
        .into_iter()
        .map(|release| {
            let (source, settled) = (Arc::clone(&source), Arc::clone(&settled));
            let (is_over, reads) = (Arc::clone(&is_over), Arc::clone(&reads));
            tokio::spawn(async move {
                let random = Random::new();
                while !is_over.load(SeqCst) {
                    let id = random.below(Source::IDS);
                    let least = settled[id].load(SeqCst);
                    let read = if random.below(2) == 0 {
                        Some(release.load(id, &source).await)
                    } else {
                        release.get(id).await
                    };
                    assert!(
                        read.is_none_or(|read| read >= least),
                        "{read:?} after {least}"
                    );
                    reads.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    let random = Random::new();
    for _ in 0..1_500 {
        let id = random.below(Source::IDS);
        let by = &writers[random.below(writers.len())];
        // One at a time, so that the source and the store change in one order.
        change(by.as_ref(), random.below(WAYS), id, &source).await;
        settled
            .iter()
            .enumerate()
            .for_each(|(id, least)| least.store(source.now(id), SeqCst));
    }
    is_over.store(true, SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    reads.load(SeqCst)
}

/// splitmix64 (<https://prng.di.unimi.it/splitmix64.c>), with a seed that failures name.
struct Random {
    seed: u64,
    state: AtomicU64,
}

impl Random {
    fn new() -> Self {
        let seed = RandomState::new().hash_one("seed");
        Self {
            seed,
            state: AtomicU64::new(seed),
        }
    }

    fn below(&self, bound: usize) -> usize {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = (mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap();
        usize::try_from(mixed).unwrap()
    }
}
