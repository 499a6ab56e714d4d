use std::sync::mpsc;
use std::time::Duration;

use cache_core::{Epoch, Lifetime, Scope, Space, Ttl};

use super::*;
use crate::clear::clear;

fn store() -> Arc<Store> {
    let limits = Limits {
        capacity: Capacity::Entries(1_000),
        max_payload: 10,
    };
    Arc::new(Store::new(limits, Policy::Lru, 10, Judge::default()))
}

fn entry(store: &Store) -> Entry {
    let now = store.now();
    let life = Lifetime::starting(now, Ttl::Never, Duration::ZERO);
    Entry::object(Meta::new(now, life), Arc::new(()))
}

fn run(future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

/// A write that loaded the old generation and has not stored yet, when a clear comes by: the clear waits for it and takes
/// what it stored, which would otherwise stay behind where no read and no later clear sees it.
#[test]
fn a_clear_waits_for_a_write_under_way_and_takes_what_it_stores() {
    let store = store();
    let space = Space::new("store", "a", 1).unwrap();
    let key = Key::new(&space, Epoch(0), b"1").unwrap();
    let turn = store.turn(key, Operation::Put).unwrap();
    // Makes the space known, from a stripe that is free.
    let other = (2..u64::MAX)
        .map(|id| OwnedKey::new(space.clone(), Epoch(0), id.to_le_bytes()).unwrap())
        .find(|other| (other.hash() ^ key.hash()) >> 32 & 63 != 0)
        .unwrap();
    store
        .put(other.as_key(), entry(&store), Condition::Always)
        .unwrap();

    let generation = store.ledger.spaces.generation(&space);
    let (tell, told) = mpsc::channel();
    let clearing = Arc::clone(&store);
    let thread = std::thread::spawn(move || {
        run(clear(&clearing, Scope::namespace("store")));
        tell.send(())
    });
    while store.ledger.spaces.generation(&space) == generation {
        std::thread::yield_now();
    }
    assert!(matches!(store.find(key), Found::Absent));
    // A clear that does not wait is through by now.
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err());
    let held = Held::new(entry(&store), generation, 1);
    store.ledger.enter(&space, &held);
    store.table.insert(key.to_owned(), held);
    drop(turn);

    assert!(thread.join().is_ok());
    assert_eq!((store.ledger.entries(), store.table.iter().count()), (0, 0));
}

#[test]
fn a_write_that_waited_for_its_stripe_sees_that_the_store_was_closed() {
    let store = store();
    let space = Space::new("store", "b", 1).unwrap();
    let key = Key::new(&space, Epoch(0), b"1").unwrap();
    let turn = store.stripes.lock(key.hash());
    let (writing, waiting) = (Arc::clone(&store), key.to_owned());
    let thread = std::thread::spawn(move || {
        let entry = entry(&writing);
        writing.put(waiting.as_key(), entry, Condition::Always)
    });
    store.closed.store(true, Ordering::Release);
    drop(turn);
    assert!(thread.join().unwrap().is_err());
    assert_eq!(store.ledger.entries(), 0);
}
