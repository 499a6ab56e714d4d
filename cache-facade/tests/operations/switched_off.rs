//! `none:`, the kill switch: every read is a miss, every write ends well, and loads are still shared.

use std::sync::Arc;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Domain, ErrorKind, Lookup, MissReason, PutOptions, Removed, Ttl};
use tokio::task::JoinSet;

use crate::common::{Pause, Source, Thing, run_others, thing};

fn none(source: &Source) -> (Cache, Domain<Thing>) {
    let config = CacheConfig::from_url("none:").unwrap();
    let cache = Cache::builder().config(config).domain(source.domain());
    let cache = cache.build().unwrap();
    let things = cache.domain().unwrap();
    (cache, things)
}

#[tokio::test]
async fn every_read_misses() {
    let (cache, things) = none(&Source::new());
    things.put(7, thing(1)).await.unwrap();
    assert_eq!(cache.backend().name, "none");
    assert!(things.get(7).await.unwrap().is_none());
    assert!(matches!(
        things.get_now(7),
        Some(Lookup::Miss(MissReason::Absent))
    ));
    assert!(things.get_many([7]).await[0].as_ref().unwrap().is_none());
    assert!(!things.exists(7).await.unwrap());
    assert_eq!(things.stats().misses.absent, 3);
}

#[tokio::test]
async fn every_write_ends_well() {
    let (cache, things) = none(&Source::new());
    things.put(7, thing(1)).await.unwrap();
    things
        .put_with(7, thing(1), PutOptions::new().stale_for(Duration::MAX))
        .await
        .unwrap();
    assert!(
        things
            .put_if_absent(7, thing(1), Ttl::Default)
            .await
            .unwrap()
    );
    assert!(
        things
            .put_if_absent(7, thing(1), Ttl::Default)
            .await
            .unwrap()
    );
    let stored = things
        .update(7, |now| now.is_none().then(|| thing(2)))
        .await
        .unwrap();
    assert_eq!(stored.unwrap().number, 2);
    assert!(!things.touch(7, Ttl::Never).await.unwrap());
    assert!(!things.expire(7).await.unwrap());
    assert_eq!(things.invalidate(7).await.unwrap(), Removed::Missing);
    assert!(
        things
            .put_many([(7, thing(1))])
            .await
            .iter()
            .all(Result::is_ok)
    );
    assert!(things.invalidate_many([7]).await.iter().all(Result::is_ok));
    things.clear().await.unwrap();
    cache.clear().await.unwrap();
}

#[tokio::test]
async fn a_refused_argument_is_still_refused() {
    let (_cache, things) = none(&Source::new());
    let zero = Ttl::After(Duration::ZERO);
    let refusal = things.put_with_ttl(7, thing(1), zero).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn every_read_through_loads() {
    let source = Source::new();
    let (_cache, things) = none(&source);
    source.set(5);
    for _ in 0..3 {
        assert_eq!(things.get_or_load(7).await.unwrap().unwrap().number, 5);
    }
    assert_eq!(source.calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn concurrent_loads_are_still_one() {
    let pause = Pause::new();
    let source = Source::slow(&pause);
    let (_cache, things) = none(&source);
    let things = Arc::new(things);
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let things = Arc::clone(&things);
        callers.spawn(async move { things.get_or_load(7).await.is_ok() });
    }
    pause.reached_by(1).await;
    run_others().await;
    pause.release();
    assert!(callers.join_all().await.into_iter().all(|is_ok| is_ok));
    assert_eq!(source.calls(), 1);
}

#[tokio::test]
async fn a_counter_counts_nothing_and_ends_well() {
    let (_cache, things) = none(&Source::new());
    let minute = Duration::from_secs(60);
    assert_eq!(things.counter().add(7, 3, minute).await.unwrap(), 3);
}

#[tokio::test]
async fn a_closed_cache_answers_closed() {
    let (cache, things) = none(&Source::new());
    cache.close().await.unwrap();
    assert!(things.get_now(7).is_none());
    let kind = |answer: cache_facade::Result<bool>| answer.map_err(|error| error.kind());
    assert_eq!(
        kind(things.get(7).await.map(|_| true)),
        Err(ErrorKind::Closed)
    );
    assert_eq!(kind(things.exists(7).await), Err(ErrorKind::Closed));
}
