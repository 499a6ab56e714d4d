//! What may cross threads, asserted by the compiler: handles, builders, and the future of every operation.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(clippy::unwrap_used, reason = "a test asserts")]

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{
    Cache, CacheBuilder, CacheStats, Cacheable, Cached, Counter, Domain, DomainSpec, DomainStats,
    Error, FnLoader, LoadContext, Loaded, Lookup, MissReason, PutOptions, Ttl, objects,
};

/// Neither `Clone` nor `Debug`, nor anything else.
#[derive(Cacheable)]
#[cacheable(domain = "bare", ttl = "1h")]
struct Bare(u32);

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>() {}
fn cloned<T: Clone>() {}
fn shown<T: Debug>() {}
fn unpinned<T: Unpin>() {}

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn handles_are_shared_between_threads() {
    shared::<Cache>();
    shared::<Domain<Bare>>();
    shared::<Counter<Bare>>();
    shared::<Cached<Bare>>();
    shared::<Lookup<Bare>>();
    shared::<LoadContext<Bare>>();
    shared::<Loaded<Bare>>();
    shared::<Error>();
    shared::<FnLoader<fn(), u64>>();
}

#[test]
fn data_is_shared_between_threads() {
    shared::<CacheConfig>();
    shared::<PutOptions>();
    shared::<Ttl>();
    shared::<MissReason>();
    shared::<CacheStats>();
    shared::<DomainStats>();
}

#[test]
fn handles_are_cloned_whatever_the_value() {
    cloned::<Cache>();
    cloned::<Domain<Bare>>();
    cloned::<Counter<Bare>>();
    cloned::<Cached<Bare>>();
    cloned::<Error>();
    cloned::<CacheConfig>();
}

#[test]
fn handles_are_shown_whatever_the_value() {
    shown::<Cache>();
    shown::<Domain<Bare>>();
    shown::<Counter<Bare>>();
    shown::<CacheBuilder>();
    shown::<DomainSpec<Bare>>();
    shown::<FnLoader<fn(), u64>>();
}

#[test]
fn builders_may_move_to_another_thread() {
    sent::<CacheBuilder>();
    sent::<DomainSpec<Bare>>();
}

#[test]
fn a_value_that_was_found_can_be_moved() {
    unpinned::<Cached<Bare>>();
    unpinned::<Lookup<Bare>>();
}

/// Every operation, in a task of a runtime with threads: its future is `Send`, as is that of who calls it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_future_is_sent() {
    let cache = Cache::builder().domain(objects::<Bare>()).build().unwrap();
    let bare = cache.domain::<Bare>().unwrap();
    let ended = tokio::spawn(async move {
        let load = |_| async { Ok::<_, Infallible>(Bare(1)) };
        let text = String::from("borrowed");
        send(bare.get(text.as_str())).await.unwrap();
        send(bare.lookup(&text)).await.unwrap();
        send(bare.exists(("a", 7))).await.unwrap();
        send(bare.put([text.as_str(), "b"], Bare(1))).await.unwrap();
        send(bare.put_with_ttl(7, Bare(1), Ttl::Never))
            .await
            .unwrap();
        send(bare.put_with(7, Bare(1), PutOptions::new()))
            .await
            .unwrap();
        send(bare.put_if_absent(7, Bare(1), Ttl::Default))
            .await
            .unwrap();
        send(bare.update(7, |_| None)).await.unwrap();
        send(bare.touch(7, Ttl::Default)).await.unwrap();
        send(bare.expire(7)).await.unwrap();
        send(bare.invalidate(7)).await.unwrap();
        send(bare.get_many([7, 8])).await;
        send(bare.put_many([(7, Bare(1))])).await;
        send(bare.invalidate_many([7])).await;
        send(bare.clear()).await.unwrap();
        let error = send(bare.get_or_load(9)).await.map(drop).unwrap_err();
        assert!(error.to_string().contains("`bare`"));
        send(bare.get_or_load_with(7, load)).await.unwrap();
        send(bare.get_or_load_inline(8, load)).await.unwrap();
        let window = Duration::from_secs(1);
        send(bare.counter().add(7, 1, window)).await.unwrap();
        send(cache.clear()).await.unwrap();
        send(cache.stats()).await.unwrap();
        send(cache.settle()).await;
        send(cache.close()).await
    });
    ended.await.unwrap().unwrap();
}

/// A batch over owned ids that an iterator makes as it goes.
#[tokio::test]
async fn batches_take_any_iterator_that_may_be_sent() {
    let cache = Cache::builder().domain(objects::<Bare>()).build().unwrap();
    let bare = cache.domain::<Bare>().unwrap();
    let stored = send(bare.put_many((0..3_u32).map(|id| (id.to_string(), Bare(id))))).await;
    assert!(stored.iter().all(Result::is_ok));
    let found = send(bare.get_many((0..3).map(|id: u32| id))).await;
    let found = found.into_iter().map(|one| one.unwrap().unwrap().0);
    assert_eq!(found.collect::<Vec<_>>(), [0, 1, 2]);
}
