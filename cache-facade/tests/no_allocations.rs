//! A hit allocates nothing, whichever way it is asked for. moka works off its read log once in 64 reads, and may allocate
//! then, through its memory reclamation: at most one read in 64 may.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use cache_facade::{Cache, Cacheable, Domain, Lookup, domain, loader_fn};
use serde::{Deserialize, Serialize};

#[derive(Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "1h")]
struct System {
    name: String,
}

const IDS: u64 = 1_000;
const READS: usize = 20_000;

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit does not wait"),
    }
}

/// An id of 64 bytes.
fn long(id: u64) -> String {
    format!("{id:064}")
}

fn filled() -> (Cache, Domain<System>) {
    let loader = loader_fn(|_: String, _| async { Ok::<_, Infallible>(None) });
    let cache = Cache::builder().domain(domain::<System>().loader(loader));
    let cache = cache.build().unwrap();
    let systems = cache.domain::<System>().unwrap();
    for id in 0..IDS {
        let system = || System {
            name: "Jita".to_owned(),
        };
        now(systems.put(id, system())).unwrap();
        now(systems.put(long(id), system())).unwrap();
    }
    (cache, systems)
}

/// Allocations of each of many reads.
fn of_each(read: impl Fn(usize)) -> Vec<u64> {
    // First what a thread keeps for itself, which is made once.
    (0..READS).for_each(&read);
    let reads = (0..READS).map(|number| measure(|| read(number)).count_total);
    reads.collect()
}

fn allocates_nothing(what: &str, read: impl Fn(usize)) {
    let reads = of_each(read);
    let (idle, sum) = (
        reads.iter().filter(|count| **count == 0).count(),
        reads.iter().sum::<u64>(),
    );
    println!(
        "{what}: {} of {READS} reads allocated, {sum} times",
        READS - idle
    );
    assert!(
        READS - idle <= READS / 64,
        "{what}: {} reads allocated",
        READS - idle
    );
}

#[test]
fn get_now_of_a_number_allocates_nothing() {
    let (_cache, systems) = filled();
    allocates_nothing("get_now u64", |number| {
        let found = systems.get_now(number as u64 % IDS);
        assert!(matches!(found, Some(Lookup::Fresh(_))));
    });
}

#[test]
fn get_of_a_number_allocates_nothing() {
    let (_cache, systems) = filled();
    allocates_nothing("get u64", |number| {
        assert!(now(systems.get(number as u64 % IDS)).unwrap().is_some());
    });
}

#[test]
fn get_or_load_of_a_number_allocates_nothing() {
    let (_cache, systems) = filled();
    allocates_nothing("get_or_load u64", |number| {
        assert!(
            now(systems.get_or_load(number as u64 % IDS))
                .unwrap()
                .is_some()
        );
    });
}

#[test]
fn get_now_of_64_bytes_of_text_allocates_nothing() {
    let (_cache, systems) = filled();
    let ids: Vec<_> = (0..IDS).map(long).collect();
    allocates_nothing("get_now text", |number| {
        let found = systems.get_now(&ids[number % ids.len()]);
        assert!(matches!(found, Some(Lookup::Fresh(_))));
    });
}

#[test]
fn get_of_64_bytes_of_text_allocates_nothing() {
    let (_cache, systems) = filled();
    let ids: Vec<_> = (0..IDS).map(long).collect();
    allocates_nothing("get text", |number| {
        assert!(
            now(systems.get(&ids[number % ids.len()]))
                .unwrap()
                .is_some()
        );
    });
}

#[test]
fn get_or_load_of_64_bytes_of_text_allocates_nothing() {
    let (_cache, systems) = filled();
    let ids: Vec<_> = (0..IDS).map(long).collect();
    allocates_nothing("get_or_load text", |number| {
        assert!(
            now(systems.get_or_load(&ids[number % ids.len()]))
                .unwrap()
                .is_some()
        );
    });
}

#[test]
fn the_one_off_ways_to_load_allocate_nothing_on_a_hit() {
    let (_cache, systems) = filled();
    allocates_nothing("get_or_load_with u64", |number| {
        let load = |_| async { Ok::<_, Infallible>(None) };
        assert!(
            now(systems.get_or_load_with(number as u64 % IDS, load))
                .unwrap()
                .is_some()
        );
    });
    allocates_nothing("get_or_load_inline u64", |number| {
        let load = |_| async { Ok::<_, Infallible>(None) };
        assert!(
            now(systems.get_or_load_inline(number as u64 % IDS, load))
                .unwrap()
                .is_some()
        );
    });
}
