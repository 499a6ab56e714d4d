//! What is counted, by whom, and what it costs.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use cache_core::{
    Backend, Condition, Entry, Epoch, ErrorKind, Key, Layer, Lifetime, Meta, Operation, Space, Ttl,
};
use cache_metrics::{Metered, MeteredLayer};
use cache_testkit::{Fault, FaultLayer, Faults, Faulty, Gate, ManualClock, MemoryBackend};

fn memory() -> MemoryBackend {
    MemoryBackend::new(ManualClock::default().judge())
}

fn faulty(faults: &Faults) -> Metered<Faulty<MemoryBackend>> {
    MeteredLayer::default().layer(FaultLayer::new(faults).layer(memory()))
}

fn space(domain: &str) -> Space {
    Space::new("counts", domain, 1).unwrap()
}

fn key<'a>(space: &'a Space, id: &'a str) -> Key<'a> {
    Key::new(space, Epoch(0), id.as_bytes()).unwrap()
}

fn entry() -> Entry {
    let now = ManualClock::default().judge().clock().now();
    let life = Lifetime::starting(now, Ttl::Never, Duration::ZERO);
    Entry::object(Meta::new(now, life), Arc::new(7_u64))
}

#[tokio::test]
async fn each_call_and_each_failed_item_counts_once() {
    let faults = Faults::default();
    let metered = faulty(&faults);
    let space = space("calls");
    let keys = [key(&space, "1"), key(&space, "2"), key(&space, "3")];
    metered
        .put(keys[0], entry(), Condition::Always)
        .await
        .unwrap();
    metered.get(keys[0]).await.unwrap();
    faults.next(Operation::Get, Fault::Error(ErrorKind::Unavailable));
    metered.get(keys[1]).await.unwrap_err();
    faults.next(Operation::GetMany, Fault::Error(ErrorKind::Timeout));
    assert_eq!(metered.get_many(&keys).await.len(), 3);
    let tier = metered.tier();
    let calls = [
        Operation::Put,
        Operation::Get,
        Operation::GetMany,
        Operation::Remove,
    ];
    assert_eq!(calls.map(|operation| tier.calls(operation)), [1, 2, 1, 0]);
    assert_eq!(tier.failures(ErrorKind::Unavailable), 1);
    assert_eq!(tier.failures(ErrorKind::Timeout), 3);
    assert_eq!(tier.abandoned(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_delay_below_is_seen_in_the_domain_that_met_it() {
    let faults = Faults::default();
    let metered = faulty(&faults);
    let (slow, quick) = (space("slow"), space("quick"));
    metered.get(key(&quick, "1")).await.unwrap();
    faults.set(Operation::Get, Fault::Delay(Duration::from_millis(2)));
    for _ in 0..10 {
        metered.get(key(&slow, "1")).await.unwrap();
    }
    let tier = metered.tier();
    let slow = &tier.latencies_of("slow")["get"];
    assert_eq!(slow.count, 10);
    let p50 = slow.p50.unwrap();
    assert!(
        p50 >= Duration::from_millis(2) && p50 < Duration::from_millis(4),
        "{p50:?}"
    );
    let quick = &tier.latencies_of("quick")["get"];
    assert!(quick.max.unwrap() < Duration::from_millis(1), "{quick:?}");
    assert_eq!(tier.latencies()["get"].count, 11);
    assert!(tier.latencies_of("other").is_empty());
}

#[tokio::test]
async fn a_call_whose_caller_goes_away_is_abandoned() {
    let faults = Faults::default();
    let metered = faulty(&faults);
    let space = space("abandoned");
    let gate = Gate::new();
    faults.set(Operation::Get, Fault::Hang(gate.clone()));
    let get = metered.get(key(&space, "1"));
    tokio::select! {
        biased;
        answer = get => panic!("{answer:?}"),
        () = std::future::ready(()) => {}
    }
    let tier = metered.tier();
    assert_eq!((tier.calls(Operation::Get), tier.abandoned()), (1, 1));
    assert_eq!(tier.latencies_of("abandoned")["get"].count, 1);
    gate.release();
}

#[tokio::test]
async fn answers_of_process_memory_are_counted_each_and_timed_by_samples() {
    let metered = MeteredLayer::default().time_one_in(8).layer(memory());
    let space = space("samples");
    let key = key(&space, "1");
    metered.put(key, entry(), Condition::Always).await.unwrap();
    for _ in 0..800 {
        assert!(metered.get_now(key).is_some());
    }
    let tier = metered.tier();
    assert_eq!(tier.calls(Operation::Get), 800);
    assert_eq!(tier.all_calls()["get_now"], 800);
    assert_eq!(tier.latencies_of("samples")["get_now"].count, 100);
    let never = MeteredLayer::default().time_one_in(0).layer(memory());
    assert!(never.get_now(key).is_some());
    assert_eq!(never.tier().calls(Operation::Get), 1);
    assert!(never.tier().latencies().is_empty());
}

#[tokio::test]
async fn who_only_awaits_is_not_counted_twice() {
    let metered =
        MeteredLayer::default().layer(MemoryBackend::encoded(ManualClock::default().judge()));
    let space = space("awaited");
    let key = key(&space, "1");
    assert!(metered.get_now(key).is_none());
    metered.get(key).await.unwrap();
    assert_eq!(metered.tier().calls(Operation::Get), 1);
}

#[test]
fn a_counted_answer_allocates_nothing_that_the_store_does_not() {
    let metered = MeteredLayer::default().layer(memory());
    let bare = memory();
    let space = space("allocations");
    let key = key(&space, "1");
    let reads = |backend: &dyn Fn() -> bool| {
        (0..1_000).for_each(|_| assert!(backend()));
        measure(|| (0..100_000).for_each(|_| assert!(backend()))).count_total
    };
    let ours = reads(&|| metered.get_now(key).is_some());
    assert_eq!(ours, reads(&|| bare.get_now(key).is_some()));
}

#[test]
fn threads_are_counted_exactly() {
    let metered = Arc::new(MeteredLayer::default().layer(memory()));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let metered = Arc::clone(&metered);
            std::thread::spawn(move || {
                let space = space("threads");
                for _ in 0..10_000 {
                    assert!(metered.get_now(key(&space, "1")).is_some());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(metered.tier().calls(Operation::Get), 80_000);
}
