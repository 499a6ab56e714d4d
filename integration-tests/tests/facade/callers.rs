//! Callers that leave: a load goes on without them, an inline load is taken over.

use std::io;

use cache_facade::{Domain, domain};
use tokio::task::JoinHandle;

use crate::fixture::{Fixture, Seen, Thing, thing, waiting};
use crate::source::{Pause, Source};
use crate::stores::{Store, on_each_store};

on_each_store! {
    a_load_without_callers_completes_and_is_stored,
    a_waiter_that_leaves_takes_nothing_with_it,
    an_inline_load_ends_with_its_caller,
    what_an_inline_caller_left_can_be_loaded_and_stored_at_once,
    the_next_waiter_takes_over_with_its_own_loader,
    a_waiter_with_a_registered_loader_takes_over_too,
    takeovers_go_on_until_somebody_stays,
}

type Caller = JoinHandle<u64>;

fn ask(things: &Domain<Thing>) -> Caller {
    let things = things.clone();
    tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number })
}

fn inline(things: &Domain<Thing>, pause: &Pause, number: u64) -> Caller {
    let (things, pause) = (things.clone(), pause.clone());
    tokio::spawn(async move {
        let load = |_| async {
            pause.pass().await;
            Ok::<_, io::Error>(thing(number))
        };
        let found = things.get_or_load_inline(7, load).await;
        found.unwrap().unwrap().number
    })
}

async fn leave(caller: Caller) {
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
}

async fn a_load_without_callers_completes_and_is_stored(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    let caller = ask(&fx.things);
    pause.reached_by(1).await;
    leave(caller).await;
    pause.release();
    fx.cache.settle().await;
    assert_eq!((fx.number(7).await, source.calls()), (Some(5), 1));
}

async fn a_waiter_that_leaves_takes_nothing_with_it(store: &Store) {
    let pause = Pause::new();
    let source = Source::slow(5, &pause);
    let fx = Fixture::with(store, source.domain()).await;
    let leads = ask(&fx.things);
    pause.reached_by(1).await;
    let (leaves, stays) = (ask(&fx.things), ask(&fx.things));
    waiting(&fx.things, 2).await;
    leave(leaves).await;
    pause.release();
    assert_eq!((leads.await.unwrap(), stays.await.unwrap()), (5, 5));
    assert_eq!(source.calls(), 1);
}

async fn an_inline_load_ends_with_its_caller(store: &Store) {
    let pause = Pause::new();
    let fx = Fixture::on(store).await;
    let caller = inline(&fx.things, &pause, 1);
    pause.reached_by(1).await;
    leave(caller).await;
    assert_eq!(fx.open_flights().await, 0);
    pause.release();
    fx.cache.settle().await;
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn what_an_inline_caller_left_can_be_loaded_and_stored_at_once(store: &Store) {
    let pause = Pause::new();
    let fx = Fixture::with(store, Source::of(5).domain()).await;
    let caller = inline(&fx.things, &pause, 1);
    pause.reached_by(1).await;
    leave(caller).await;
    assert_eq!(fx.load(7).await, 5);
    assert_eq!(fx.look().await, Seen::Fresh(5), "it is stored");
}

async fn the_next_waiter_takes_over_with_its_own_loader(store: &Store) {
    let pauses = [Pause::new(), Pause::new()];
    let fx = Fixture::with(store, domain()).await;
    let first = inline(&fx.things, &pauses[0], 1);
    pauses[0].reached_by(1).await;
    let second = inline(&fx.things, &pauses[1], 2);
    waiting(&fx.things, 1).await;
    assert_eq!(pauses[1].arrived(), 0, "it waits for the first");
    leave(first).await;
    pauses[1].reached_by(1).await;
    pauses[1].release();
    assert_eq!(second.await.unwrap(), 2);
    assert_eq!(fx.look().await, Seen::Fresh(2), "it is stored");
}

async fn a_waiter_with_a_registered_loader_takes_over_too(store: &Store) {
    let pause = Pause::new();
    let source = Source::of(5);
    let fx = Fixture::with(store, source.domain()).await;
    let first = inline(&fx.things, &pause, 1);
    pause.reached_by(1).await;
    let second = ask(&fx.things);
    waiting(&fx.things, 1).await;
    leave(first).await;
    assert_eq!((second.await.unwrap(), source.calls()), (5, 1));
    assert_eq!(fx.look().await, Seen::Fresh(5), "it is stored");
}

async fn takeovers_go_on_until_somebody_stays(store: &Store) {
    let fx = Fixture::on(store).await;
    let pauses: Vec<_> = (0..5).map(|_| Pause::new()).collect();
    let mut before = inline(&fx.things, &pauses[0], 0);
    for (number, pair) in (1..).zip(pauses.windows(2)) {
        pair[0].reached_by(1).await;
        let next = inline(&fx.things, &pair[1], number);
        waiting(&fx.things, number).await;
        leave(before).await;
        before = next;
    }
    pauses[4].reached_by(1).await;
    pauses[4].release();
    assert_eq!((before.await.unwrap(), fx.open_flights().await), (4, 0));
    assert_eq!(fx.look().await, Seen::Fresh(4));
}
