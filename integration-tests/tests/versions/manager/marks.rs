//! What was created before a moment is no longer read, whoever stored it.

use std::sync::Arc;
use std::time::Duration;

use cache_facade::{Cache, Domain, ErrorKind, Lookup, MissReason, Timestamp, Ttl, domain};
use tokio::sync::Notify;

use crate::fleet::Fleet;
use crate::releases::{First, Keeps, Swapped};

const MINUTE: Duration = Duration::from_secs(60);

fn now(fleet: &Fleet) -> Timestamp {
    cache_core::Clock::now(&fleet.clock)
}

async fn put(of: &Domain<First>, ids: std::ops::Range<u64>) {
    for id in ids {
        of.put(id, First::of(id)).await.unwrap();
    }
}

/// Ten of a minute ago, five of now: the ten go, by count, and a second time none.
async fn exactly_the_older_ones_go(fleet: Fleet) {
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    put(&characters, 0..10).await;
    fleet.clock.advance(MINUTE);
    put(&characters, 10..15).await;
    let versions = cache.versions().unwrap();
    let half_a_minute_ago = Timestamp::from_millis(now(&fleet).as_millis() - 30_000);
    for removed in [10, 0] {
        let invalidated = versions
            .invalidate_older_than(half_a_minute_ago, Some("character"))
            .await
            .unwrap();
        assert_eq!((invalidated.removed, invalidated.kept), (removed, 5));
    }
    assert_eq!(cache.count().await.unwrap(), 5);
    for id in 0..15_u64 {
        let found = characters.get(id).await.unwrap();
        assert_eq!(found.is_some(), id >= 10, "{id}");
    }
    let marks = versions.status().await.unwrap().watermarks;
    assert_eq!((marks.len(), marks[0].domain.as_str()), (1, "character"));
    // Another domain is not concerned, and the mark outlives a clear.
    cache.clear().await.unwrap();
    let names = cache.raw::<String>().unwrap();
    names.put("a", "b".to_owned()).await.unwrap();
    assert!(names.get("a").await.unwrap().is_some());
    assert_eq!(versions.status().await.unwrap().watermarks, marks);
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    exactly_the_older_ones_go(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled() {
    exactly_the_older_ones_go(Fleet::on_sled()).await;
}

/// A change is no way around the mark, where it is the first thing that a process does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_with_a_change_knows_the_mark_as_well() {
    let fleet = Fleet::on_sled();
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    put(&characters, 0..2).await;
    cache.close().await.unwrap();
    let late = fleet.late(1).await;
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    assert!(characters.get(1).await.unwrap().is_some());
    fleet.clock.advance(MINUTE);
    let versions = cache.versions().unwrap();
    versions
        .invalidate_older_than(now(&fleet), None)
        .await
        .unwrap();
    cache.close().await.unwrap();
    // As a kill brings back what was removed a moment before.
    fleet.put_late(late).await;
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    characters.invalidate(7).await.unwrap();
    assert!(characters.get_now(1).is_none());
    assert!(characters.get(1).await.unwrap().is_none());
    cache.close().await.unwrap();
}

/// Begins a load that ends when it is let.
fn loading(cache: &Cache, id: u64) -> (Arc<Notify>, Arc<Notify>, tokio::task::JoinHandle<u64>) {
    let characters = cache.domain::<First>().unwrap();
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_begun, may_go) = (Arc::clone(&begun), Arc::clone(&go));
    let load = tokio::spawn(async move {
        let load = move |_| async move {
            has_begun.notify_one();
            may_go.notified().await;
            Ok::<_, std::io::Error>(First::of(1))
        };
        let loaded = characters.get_or_load_with(id, load).await.unwrap();
        loaded.unwrap().number()
    });
    (begun, go, load)
}

/// A load that began before, in another process, may store what it loaded after that. Nobody reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_load_from_before_stores_afterwards_is_not_read() {
    let fleet = Fleet::on_redis();
    let (here, characters) = fleet.start("1.4.0", domain::<First>());
    let (there, others) = fleet.start("1.4.0", domain::<First>());
    assert!(characters.get(7_u64).await.unwrap().is_none());
    let (begun, go, load) = loading(&there, 7);
    begun.notified().await;
    fleet.clock.advance(Duration::from_millis(5));
    let versions = here.versions().unwrap();
    let invalidated = versions.invalidate_older_than(now(&fleet), None).await;
    assert_eq!(invalidated.unwrap().removed, 0, "a lease is no entry");
    go.notify_one();
    assert_eq!(load.await.unwrap(), 1, "its caller is answered");
    there.settle().await;
    // Here at once; there within the 5 s in which every process looks at what is still read.
    let found = characters.lookup(7_u64).await.unwrap();
    assert!(matches!(found, Lookup::Miss(MissReason::Watermark)));
    assert_eq!(characters.stats().misses.watermark, 1);
    let found = characters.lookup(7_u64).await.unwrap();
    assert!(matches!(found, Lookup::Miss(MissReason::Absent)), "removed");
    let (begun, go, load) = loading(&there, 8);
    begun.notified().await;
    fleet.clock.advance(Duration::from_millis(5));
    versions
        .invalidate_older_than(now(&fleet), None)
        .await
        .unwrap();
    go.notify_one();
    load.await.unwrap();
    there.settle().await;
    fleet.clock.advance(Duration::from_secs(6));
    // The one that looks first is the one that learns.
    assert!(others.get(9_u64).await.unwrap().is_none());
    let found = others.lookup(8_u64).await.unwrap();
    assert!(matches!(found, Lookup::Miss(MissReason::Watermark)));
    assert_eq!(others.stats().misses.watermark, 1);
}

/// A load of this process that began before is fenced: the next read loads again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loads_under_way_here_are_fenced() {
    let fleet = Fleet::on_redis();
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    let (begun, go, load) = loading(&cache, 7);
    begun.notified().await;
    fleet.clock.advance(Duration::from_millis(5));
    let versions = cache.versions().unwrap();
    versions
        .invalidate_older_than(now(&fleet), None)
        .await
        .unwrap();
    go.notify_one();
    assert_eq!(load.await.unwrap(), 1);
    cache.settle().await;
    assert_eq!(characters.stats().fenced, 1);
    assert!(characters.get(7_u64).await.unwrap().is_none());
}

/// What is no longer read is not in the way of whoever claims the id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_not_refused_by_what_is_no_longer_read() {
    let fleet = Fleet::on_redis();
    let (here, characters) = fleet.start("1.4.0", domain::<First>());
    let (there, _) = fleet.start("1.4.0", domain::<First>());
    let (begun, go, load) = loading(&there, 7);
    begun.notified().await;
    fleet.clock.advance(Duration::from_millis(5));
    let versions = here.versions().unwrap();
    versions
        .invalidate_older_than(now(&fleet), None)
        .await
        .unwrap();
    go.notify_one();
    load.await.unwrap();
    there.settle().await;
    assert!(
        characters
            .put_if_absent(7_u64, First::of(9), Ttl::Default)
            .await
            .unwrap()
    );
    assert_eq!(characters.get(7_u64).await.unwrap().unwrap().number(), 9);
    assert!(
        !characters
            .put_if_absent(7_u64, First::of(10), Ttl::Default)
            .await
            .unwrap()
    );
}

/// Entries of every release go, whatever their type.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_release_is_concerned() {
    let fleet = Fleet::on_redis();
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    put(&old, 0..3).await;
    let (cache, new) = fleet.start("2.0.0", domain::<Swapped>());
    for id in 3..5_u64 {
        new.put(id, Swapped::of(id)).await.unwrap();
    }
    fleet.clock.advance(MINUTE);
    let versions = cache.versions().unwrap();
    let invalidated = versions.invalidate_older_than(now(&fleet), None).await;
    assert_eq!(invalidated.unwrap().removed, 5);
    assert_eq!(cache.count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_to_come_and_a_domain_that_is_none_are_refused() {
    let fleet = Fleet::on_redis();
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    let tomorrow = now(&fleet).after(MINUTE);
    for (moment, domain) in [(tomorrow, None), (now(&fleet), Some("No Domain"))] {
        let refused = versions.invalidate_older_than(moment, domain).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
