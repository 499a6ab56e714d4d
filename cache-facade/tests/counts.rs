//! Counts are exact: a scripted workload on eight threads, and an independent count of what each step must be counted as.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod common;

use std::io;
use std::sync::Arc;
use std::thread;

use cache_core::Layer;
use cache_facade::{Domain, DomainStats, ErrorKind, Loaded, Operation, PutOptions, Ttl, domain};
use cache_testkit::{EventRecorder, Fault, FaultLayer, Faults, ManualClock};
use common::{Fixture, NEGATIVE_TTL, Store, TTL, Thing, thing};

const THREADS: u64 = 8;
const ROUNDS: u64 = 200;

/// What one id goes through while time stands still; the ids of threads and rounds are all different.
async fn first_act(things: &Domain<Thing>, id: u64) {
    let value = move |_| async move { Ok::<_, io::Error>(thing(id)) };
    let absent = |_| async { Ok::<_, io::Error>(Loaded::Absent) };
    let fails = |_| async { Err::<Thing, _>(io::Error::other("down")) };
    let (loaded, put, negative, failed) = (4 * id, 4 * id + 1, 4 * id + 2, 4 * id + 3);
    things.get_or_load_with(loaded, value).await.unwrap();
    things.get_or_load_with(loaded, value).await.unwrap();
    let options = PutOptions::new().stale_for(TTL);
    things.put_with(put, thing(id), options).await.unwrap();
    things.get(put).await.unwrap();
    let _ = things.get_now(put);
    things.lookup(put).await.unwrap();
    let batch = things.get_many([loaded, put, failed]).await;
    assert_eq!(batch.len(), 3);
    things.get_or_load_with(negative, absent).await.unwrap();
    things.get(negative).await.unwrap();
    assert!(things.get_or_load_with(failed, fails).await.is_err());
    assert!(
        !things
            .put_if_absent(put, thing(0), Ttl::Default)
            .await
            .unwrap()
    );
    things.exists(put).await.unwrap();
}

/// What each of them is counted as.
fn first_counts(all: &mut DomainStats) {
    all.fresh += 1 + 3 + 2;
    all.negative += 1;
    all.misses.absent += 1 + 1 + 1 + 1;
    all.loads += 3;
    all.load_values += 1;
    all.load_absents += 1;
    all.load_errors += 1;
    all.writes += 1;
}

/// After the TTL: what was put is stale, what was loaded is dead.
async fn second_act(things: &Domain<Thing>, id: u64) {
    let value = move |_| async move { Ok::<_, io::Error>(thing(id)) };
    let (loaded, put, negative, failed) = (4 * id, 4 * id + 1, 4 * id + 2, 4 * id + 3);
    things.get(loaded).await.unwrap();
    things.lookup(put).await.unwrap();
    things.get(negative).await.unwrap();
    things.get_or_load_inline(put, value).await.unwrap();
    things.get(put).await.unwrap();
    things.update(put, |_| Some(thing(1))).await.unwrap();
    things.touch(put, Ttl::Never).await.unwrap();
    things
        .put_many([(loaded, thing(1)), (failed, thing(2))])
        .await;
    things.expire(failed).await.unwrap();
    things.invalidate(put).await.unwrap();
    things.invalidate_many([loaded, negative]).await;
    things.get(put).await.unwrap();
}

fn second_counts(all: &mut DomainStats) {
    all.misses.expired += 2;
    all.stale += 2;
    all.fresh += 1;
    all.misses.absent += 1;
    all.loads += 1;
    all.load_values += 1;
    all.writes += 1 + 1 + 2;
    all.invalidations.expired += 1;
    all.invalidations.removed += 1 + 2;
}

/// Runs this on eight threads, each with its number and a runtime of its own.
fn on_all_threads<F: Future<Output = ()>>(act: impl Fn(u64) -> F + Sync) {
    thread::scope(|scope| {
        for own in 0..THREADS {
            let act = &act;
            scope.spawn(move || {
                let mut builder = tokio::runtime::Builder::new_current_thread();
                let runtime = builder.enable_time().build().unwrap();
                runtime.block_on(act(own));
            });
        }
    });
}

#[test]
fn a_scripted_workload_on_eight_threads_is_counted_exactly() {
    let mut stores = vec![Store::Moka, Store::Objects];
    stores.extend(cache_facade::CodecKind::preferred().map(Store::Encoded));
    for store in stores {
        let fx = Fixture::on(store);
        let things = &fx.things;
        on_all_threads(|own| async move {
            for id in (0..ROUNDS).map(|round| round * THREADS + own) {
                first_act(things, id).await;
            }
        });
        fx.clock.advance(TTL.max(NEGATIVE_TTL));
        on_all_threads(|own| async move {
            for id in (0..ROUNDS).map(|round| round * THREADS + own) {
                second_act(things, id).await;
            }
        });
        let mut expected = DomainStats::default();
        for _ in 0..THREADS * ROUNDS {
            first_counts(&mut expected);
            second_counts(&mut expected);
        }
        let mut counted = fx.things.stats();
        if !store.answers_now() {
            // `get_now` has no answer there, and counts nothing.
            counted.fresh += THREADS * ROUNDS;
        }
        assert_eq!(counted, expected, "{store:?}");
    }
}

#[test]
fn every_lookup_of_one_contended_id_is_counted_once() {
    let fx = Fixture::on(Store::Moka);
    let things = &fx.things;
    on_all_threads(|_| async move {
        for id in 0..ROUNDS {
            let load = move |_| async move { Ok::<_, io::Error>(thing(id)) };
            things.get_or_load_with(id, load).await.unwrap();
        }
    });
    let stats = fx.things.stats();
    assert_eq!(stats.lookups(), THREADS * ROUNDS);
    assert_eq!(stats.loads, ROUNDS, "one load per id");
    assert_eq!(stats.lookups(), stats.fresh + stats.misses.absent);
    // Who missed led, waited, or came when the value was there already.
    assert!(stats.loads + stats.waiters <= stats.misses.absent);
}

#[tokio::test(start_paused = true)]
async fn failures_are_counted_by_reason() {
    let (faults, clock) = (Faults::default(), ManualClock::default());
    let backend = FaultLayer::new(&faults).layer(Store::Objects.backend(clock.judge()));
    let config = Store::Objects.config();
    let (_cache, things) = common::cache_over(backend, clock, config, domain());
    for (kind, times) in [
        (ErrorKind::Unavailable, 3),
        (ErrorKind::Overloaded, 2),
        (ErrorKind::Timeout, 4),
    ] {
        for _ in 0..times {
            faults.next(Operation::Get, Fault::Error(kind));
            assert!(things.get(7).await.is_err());
        }
    }
    let stats = things.stats();
    assert_eq!((stats.misses.backend_error, stats.misses.timeout), (5, 4));
    assert_eq!((stats.lookups(), stats.failures), (9, 9));
}

/// The events are a second count of the same things.
#[tokio::test(start_paused = true)]
async fn events_and_counts_agree() {
    let recorder = EventRecorder::new(100_000);
    let clock = ManualClock::default();
    let cache = cache_facade::Cache::builder()
        .backend(Store::Moka.backend(clock.judge()))
        .clock(Arc::new(clock.clone()))
        .observer(Arc::new(recorder.clone()))
        .domain(domain::<Thing>());
    let cache = cache.build().unwrap();
    let things = cache.domain::<Thing>().unwrap();
    for id in 0..ROUNDS {
        first_act(&things, id).await;
    }
    clock.advance(TTL);
    for id in 0..ROUNDS {
        second_act(&things, id).await;
    }
    let events = recorder.kinds();
    let reads = events
        .iter()
        .filter(|kind| matches!(kind, cache_facade::EventKind::Read(_)));
    let loads = events
        .iter()
        .filter(|kind| matches!(kind, cache_facade::EventKind::LoadStarted));
    let stats = things.stats();
    assert_eq!(reads.count() as u64, stats.lookups());
    assert_eq!(loads.count() as u64, stats.loads);
}

/// Words for the weight of values that cannot be seen in full.
#[tokio::test]
async fn a_weight_that_is_not_known_in_full_is_reported() {
    struct Opaque;
    impl cache_facade::Schema for Opaque {
        const FINGERPRINT: u64 = 7;
    }
    impl cache_facade::Cacheable for Opaque {
        const DOMAIN: &'static str = "opaque";
        fn weight(&self) -> cache_facade::Weight {
            cache_facade::Weight::unknown(0)
        }
    }
    let cache = cache_facade::Cache::builder().domain(cache_facade::objects::<Opaque>());
    let cache = cache.domain(domain::<Thing>()).build().unwrap();
    cache
        .domain::<Opaque>()
        .unwrap()
        .put(7, Opaque)
        .await
        .unwrap();
    cache
        .domain::<Thing>()
        .unwrap()
        .put(7, thing(1))
        .await
        .unwrap();
    let domains = cache.stats().await.unwrap().domains;
    assert!(domains["opaque"].weight_is_unknown);
    assert!(!domains["thing"].weight_is_unknown);
}
