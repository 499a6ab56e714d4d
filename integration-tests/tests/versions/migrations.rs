//! Values of an earlier type are taken over: converted on the first read, for the rest of their time, and never older than a
//! change.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::ErrorKind;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, DomainSpec, Loaded, PutOptions, Ttl, domain};

use crate::fleet::{Fleet, HOUR, SETTLED};
use crate::releases::{First, Keeps, Swapped, migrated};

pub(crate) async fn number(of: &Domain<Swapped>, id: u64) -> Option<u64> {
    of.get(id).await.unwrap().map(|value| value.number())
}

async fn every_way_to_read_takes_over(fleet: Fleet) {
    fleet.filled_by_the_first().await;
    fleet.clock.advance(HOUR / 4);
    let (cache, characters) = fleet.start_settled("1.5.0", migrated()).await;
    assert_eq!(number(&characters, 0).await, Some(0));
    let found = characters.lookup(1).await.unwrap().fresh();
    assert_eq!(found.unwrap().age(), HOUR / 4 + SETTLED, "as old as it was");
    let found = characters.get_many(0..12_u64).await;
    let found = found
        .into_iter()
        .map(|one| one.unwrap().map(|value| value.number()));
    let expected: Vec<_> = (0..12).map(|id| (id < 10).then_some(id)).collect();
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let loader = |_| async { Err::<Swapped, _>(io::Error::other("asked")) };
    for id in 0..10_u64 {
        let loaded = characters.get_or_load_with(id, loader).await;
        assert_eq!(loaded.unwrap().unwrap().number(), id);
    }
    let stats = characters.stats();
    assert_eq!(
        (stats.migrated, stats.loads),
        (10, 0),
        "each once: {stats:?}"
    );
    // Kept for the rest of their time, and no longer.
    fleet.clock.advance(HOUR / 2);
    assert_eq!(number(&characters, 3).await, Some(3));
    fleet.clock.advance(HOUR / 4 - SETTLED);
    assert_eq!(number(&characters, 3).await, None);
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    every_way_to_read_takes_over(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled() {
    every_way_to_read_takes_over(Fleet::on_sled()).await;
}

async fn a_load_takes_over_without_asking_its_loader(fleet: Fleet) {
    fleet.filled_by_the_first().await;
    let (cache, characters) = fleet.start_settled("1.5.0", migrated()).await;
    let calls = Arc::new(AtomicU64::new(0));
    for round in 0..2 {
        for id in 0..12_u64 {
            let calls = Arc::clone(&calls);
            let load = move |_| async move {
                calls.fetch_add(1, SeqCst);
                Ok::<_, io::Error>(Swapped::of(id))
            };
            let loaded = characters.get_or_load_with(id, load).await.unwrap();
            assert_eq!(loaded.unwrap().number(), id, "round {round}");
        }
    }
    assert_eq!(calls.load(SeqCst), 2, "10 of 12 were there");
    assert_eq!(characters.stats().migrated, 10);
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_on_redis() {
    a_load_takes_over_without_asking_its_loader(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_on_sled() {
    a_load_takes_over_without_asking_its_loader(Fleet::on_sled()).await;
}

/// What was changed through either release is not taken over from before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_over_that_was_changed() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    let (_new_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    new.invalidate(0).await.unwrap();
    old.invalidate(1).await.unwrap();
    new.put(2, Swapped::of(102)).await.unwrap();
    old.put(3, First::of(103)).await.unwrap();
    let read = [
        number(&new, 0).await,
        number(&new, 1).await,
        number(&new, 2).await,
        number(&new, 3).await,
    ];
    assert_eq!(read, [None, None, Some(102), Some(103)]);
    // Taken over, and then changed through the old release.
    assert_eq!(number(&new, 4).await, Some(4));
    old.put(4, First::of(104)).await.unwrap();
    assert_eq!(number(&new, 4).await, Some(104));
    // Taking over leaves the old release what it has.
    assert_eq!(old.get(5).await.unwrap().unwrap().number(), 5);
    assert_eq!(number(&new, 5).await, Some(5));
    assert_eq!(old.get(5).await.unwrap().unwrap().number(), 5);
}

/// Stale values, "known to be absent" and conversions that panic are not taken over; nor is another epoch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_fresh_and_of_the_same_epoch_is_taken_over() {
    let fleet = Fleet::on_redis();
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    let options = PutOptions::new().ttl(Ttl::After(HOUR / 4)).stale_for(HOUR);
    old.put_with(0, First::of(0), options).await.unwrap();
    old.put(1, First::of(1)).await.unwrap();
    fleet.clock.advance(HOUR / 2);
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    assert_eq!(
        (number(&new, 0).await, number(&new, 1).await),
        (None, Some(1))
    );
    let (_major_cache, major) = fleet.start_settled("2.0.0", migrated()).await;
    assert_eq!(number(&major, 1).await, None);
    let panics = domain::<Swapped>().migrate_from(|_: First| -> Swapped { panic!("no") });
    new.invalidate(1).await.unwrap();
    old.put(1, First::of(1)).await.unwrap();
    let (_panic_cache, panicking) = fleet.start("1.5.1", panics);
    assert_eq!(number(&panicking, 1).await, None);
}

#[test]
fn a_migration_needs_a_release_and_another_type() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sled://{}/cache", directory.path().display());
    let build = |release: Option<&str>, spec: DomainSpec<Swapped>| {
        let builder = Cache::builder().config(CacheConfig::from_url(&url).unwrap());
        let builder = release
            .into_iter()
            .fold(builder, cache_facade::CacheBuilder::release);
        builder.domain(spec).build()
    };
    let own = domain::<Swapped>().migrate_from(|same: Swapped| same);
    for (release, spec, named) in [
        (None, migrated(), "CacheBuilder::release"),
        (Some("1.0.0"), own, "own type"),
    ] {
        let error = build(release, spec).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

/// A load by the earlier release that began before the moment stored its value after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_read_is_not_taken_over() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (cache, characters) = fleet.start_settled("1.5.0", migrated()).await;
    let late = fleet.late(3).await;
    let moment = cache_core::Clock::now(&fleet.clock);
    let versions = cache.versions().unwrap();
    versions.invalidate_older_than(moment, None).await.unwrap();
    fleet.put_late(late).await;
    assert_eq!(number(&characters, 3).await, None);
    let loaded = characters.get_or_load_with(3, |_| async { Ok::<_, io::Error>(Swapped::of(7)) });
    assert_eq!(loaded.await.unwrap().unwrap().number(), 7);
    assert_eq!(characters.stats().migrated, 0);
}

/// Of a batch as of a single read: what is known here is no miss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_takes_over_for_misses_alone() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    // Not settled yet: what the loader says is stored.
    let (_cache, new) = fleet.start("1.5.0", migrated());
    let absent = |_| async { Ok::<_, io::Error>(Loaded::Absent) };
    assert!(new.get_or_load_with(3, absent).await.unwrap().is_none());
    fleet.clock.advance(SETTLED);
    for _ in 0..2 {
        let found = new.get_many([2_u64, 3]).await;
        let found = found.into_iter().map(|one| one.unwrap());
        let found: Vec<_> = found.map(|one| one.map(|value| value.number())).collect();
        assert_eq!(found, [Some(2), None]);
    }
    assert_eq!(number(&new, 3).await, None);
    assert_eq!(new.stats().migrated, 1);
}

/// What a read would answer is there, and looking takes nothing over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_taken_over_exists() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    assert!(new.exists(3_u64).await.unwrap());
    assert!(!new.exists(11_u64).await.unwrap());
    assert_eq!(new.stats().migrated, 0);
    new.invalidate(3_u64).await.unwrap();
    assert!(!new.exists(3_u64).await.unwrap());
}
