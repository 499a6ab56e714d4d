//! The fence, one step at a time: a load stands still where the test wants it, and somebody changes its key.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod common;

use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Cache, Domain, ErrorKind, Operation, Result, Ttl};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};
use common::{Fixture, Pause, Source, Store, TTL, Thing, on_each_store, run_others, thing, until};
use tokio::time::Instant;

const DEADLINE: Duration = Duration::from_millis(250);

/// A change of the key 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Invalidate,
    InvalidateMany,
    Put,
    PutForItsOwnTtl,
    PutMany,
    PutIfAbsent,
    Update,
    Expire,
    Clear,
    ClearCache,
}

const CHANGES: [Change; 10] = [
    Change::Invalidate,
    Change::InvalidateMany,
    Change::Put,
    Change::PutForItsOwnTtl,
    Change::PutMany,
    Change::PutIfAbsent,
    Change::Update,
    Change::Expire,
    Change::Clear,
    Change::ClearCache,
];

/// What the source says after the change, and what is put.
const OLD: u64 = 1;
const NEW: u64 = 2;
const PUT: u64 = 3;

impl Change {
    async fn act(self, cache: &Cache, things: &Domain<Thing>) -> Result<()> {
        let all = |mut results: Vec<Result<()>>| results.pop().unwrap();
        match self {
            Self::Invalidate => things.invalidate(7).await.map(drop),
            Self::InvalidateMany => things.invalidate_many([6, 7]).await.pop().unwrap().map(drop),
            Self::Put => things.put(7, thing(PUT)).await,
            Self::PutForItsOwnTtl => things.put_with_ttl(7, thing(PUT), Ttl::Never).await,
            Self::PutMany => all(things.put_many([(6, thing(0)), (7, thing(PUT))]).await),
            Self::PutIfAbsent => things.put_if_absent(7, thing(PUT), Ttl::Default).await.map(drop),
            Self::Update => things.update(7, |_| Some(thing(PUT))).await.map(drop),
            Self::Expire => things.expire(7).await.map(drop),
            Self::Clear => things.clear().await,
            Self::ClearCache => cache.clear().await,
        }
    }

    /// What every read after the answer yields.
    fn outcome(self) -> u64 {
        match self {
            Self::Put | Self::PutForItsOwnTtl | Self::PutMany | Self::PutIfAbsent | Self::Update => PUT,
            Self::Invalidate | Self::InvalidateMany | Self::Expire | Self::Clear | Self::ClearCache => NEW,
        }
    }
}

type Caller = tokio::task::JoinHandle<u64>;

fn ask(things: &Domain<Thing>) -> Caller {
    let things = things.clone();
    tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number })
}

/// A load that has read the old value and stands before its answer, with a second caller who waits for it.
async fn loading(things: &Domain<Thing>, source: &Source, pause: &Pause) -> [Caller; 2] {
    source.set(OLD);
    let callers = [ask(things), ask(things)];
    pause.reached_by(1).await;
    until("the second caller waits", || things.stats().waiters == 1).await;
    source.set(NEW);
    callers
}

/// Changes the key while a load of it is under way, and looks at everything the promise says.
async fn race(store: Store, change: Change, stale: bool) {
    let pause = Pause::new();
    let source = Source::slow(&pause);
    let fx = Fixture::with(store, source.domain());
    if stale {
        fx.put_stale(0, TTL).await;
    }
    let callers = loading(&fx.things, &source, &pause).await;
    change.act(&fx.cache, &fx.things).await.unwrap();
    pause.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), OLD, "{change:?}: callers are answered");
    }
    fx.cache.settle().await;
    let stored = fx.number(7).await;
    assert_eq!(stored, (change.outcome() == PUT).then_some(PUT), "{change:?}: what is stored");
    let next = fx.things.get_or_load(7).await.unwrap().unwrap();
    assert_eq!(next.number, change.outcome(), "{change:?}: the next read");
    assert_eq!(fx.things.stats().fenced, 1, "{change:?}");
    assert_eq!(fx.open_flights().await, 0);
}

on_each_store! {
    async fn a_load_that_began_before_a_change_is_not_published(store: Store) {
        for change in CHANGES {
            race(store, change, false).await;
        }
    }

    async fn a_reload_of_a_stale_value_is_not_published_either(store: Store) {
        for change in CHANGES {
            race(store, change, true).await;
        }
    }

    async fn who_asks_after_a_change_does_not_join_the_load_from_before(store: Store) {
        for change in CHANGES.into_iter().filter(|change| change.outcome() == NEW) {
            let pause = Pause::new();
            let source = Source::slow(&pause);
            let fx = Fixture::with(store, source.domain());
            let [first, second] = loading(&fx.things, &source, &pause).await;
            change.act(&fx.cache, &fx.things).await.unwrap();
            let later = ask(&fx.things);
            pause.reached_by(2).await;
            pause.release();
            assert_eq!(later.await.unwrap(), NEW, "{change:?}");
            assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
            assert_eq!(fx.number(7).await, Some(NEW), "{change:?}: the later load is stored");
        }
    }

    async fn a_change_of_another_key_leaves_the_load_alone(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        let [first, second] = loading(&fx.things, &source, &pause).await;
        fx.things.invalidate(70).await.unwrap();
        fx.things.put(6, thing(PUT)).await.unwrap();
        fx.cache.raw::<Thing>().unwrap().clear().await.unwrap();
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!((fx.number(7).await, fx.things.stats().fenced), (Some(OLD), 0));
    }

    async fn touch_does_not_fence(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        fx.put_stale(0, TTL).await;
        let [first, second] = loading(&fx.things, &source, &pause).await;
        assert!(fx.things.touch(7, Ttl::Default).await.unwrap());
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!((fx.number(7).await, fx.things.stats().fenced), (Some(OLD), 0));
    }

    async fn a_loader_may_change_its_own_key(store: Store) {
        let fx = Fixture::on(store);
        let things = fx.things.clone();
        let load = move |_| async move {
            things.put(7, thing(PUT)).await?;
            Ok::<_, cache_facade::Error>(thing(OLD))
        };
        let start = Instant::now();
        let answer = fx.things.get_or_load_with(7, load).await.unwrap().unwrap();
        assert_eq!((answer.number, fx.number(7).await), (OLD, Some(PUT)));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    async fn what_another_process_put_meanwhile_is_not_overwritten(store: Store) {
        // Below the facade, where no flight is seen: the condition of the publish refuses.
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let clock = ManualClock::default();
        let backend = store.backend(clock.judge());
        let of = |spec| common::cache_over(backend.clone(), clock.clone(), store.config(), spec);
        let (_here, here) = of(source.domain());
        let (_there, there) = of(cache_facade::domain());
        let [first, second] = loading(&here, &source, &pause).await;
        there.put(7, thing(PUT)).await.unwrap();
        pause.release();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (OLD, OLD));
        assert_eq!(here.get(7).await.unwrap().unwrap().number, PUT);
        assert_eq!(here.stats().fenced, 1);
    }
}

/// A cache over a store whose puts a test holds back.
struct Held {
    cache: Cache,
    things: Domain<Thing>,
    source: Source,
    faults: Faults,
    gate: Gate,
    clock: ManualClock,
}

impl Held {
    /// A load of the old value that stands inside its publish: before it took effect, or before the store answered.
    async fn publishing(store: Store, took_effect: bool) -> (Self, Caller) {
        let (faults, gate, source) = (Faults::default(), Gate::new(), Source::new());
        let clock = ManualClock::default();
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let time = clock.clone();
        let (cache, things) = common::cache_over(backend, time, store.config(), source.domain());
        let fault = if took_effect { Fault::HangAnswer } else { Fault::Hang };
        faults.next(Operation::Put, fault(gate.clone()));
        source.set(OLD);
        let caller = ask(&things);
        gate.reached_by(1).await;
        source.set(NEW);
        (Self { cache, things, source, faults, gate, clock }, caller)
    }

    fn change(&self, change: Change) -> tokio::task::JoinHandle<Result<()>> {
        let (cache, things) = (self.cache.clone(), self.things.clone());
        tokio::spawn(async move { change.act(&cache, &things).await })
    }
}

on_each_store! {
    async fn a_change_waits_for_a_leader_that_is_publishing(store: Store) {
        for change in CHANGES {
            for took_effect in [false, true] {
                let (held, caller) = Held::publishing(store, took_effect).await;
                let acting = held.change(change);
                run_others().await;
                assert!(!acting.is_finished(), "{change:?}");
                held.gate.release();
                acting.await.unwrap().unwrap();
                assert_eq!(caller.await.unwrap(), OLD);
                let next = held.things.get_or_load(7).await.unwrap().unwrap().number;
                // The published value is there for `put_if_absent` to find.
                let expected = if change == Change::PutIfAbsent { OLD } else { change.outcome() };
                assert_eq!(next, expected, "{change:?}");
            }
        }
    }

    async fn a_change_acts_after_the_deadline_and_answers_timeout(store: Store) {
        for change in CHANGES {
            let (held, _caller) = Held::publishing(store, true).await;
            let start = Instant::now();
            let error = held.change(change).await.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{change:?}");
            assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
            let stands = held.things.get(7).await.unwrap().map(|thing| thing.number);
            let expected = match change {
                Change::PutIfAbsent => Some(OLD),
                _ if change.outcome() == PUT => Some(PUT),
                _ => None,
            };
            assert_eq!(stands, expected, "{change:?}: it acted all the same");
            held.gate.release();
            held.cache.settle().await;
        }
    }

    async fn callers_of_a_slow_publish_are_answered_after_the_deadline(store: Store) {
        let (_held, caller) = Held::publishing(store, false).await;
        let start = Instant::now();
        assert_eq!(caller.await.unwrap(), OLD);
        assert!((DEADLINE..DEADLINE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
    }

    async fn a_flight_stays_open_until_the_store_has_answered(store: Store) {
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        assert_eq!(held.cache.stats().await.unwrap().open_flights, 1);
        held.gate.release();
        held.cache.settle().await;
        assert_eq!(held.cache.stats().await.unwrap().open_flights, 0);
        assert_eq!(common::number_of(&held.things, 7).await, Some(OLD));
    }

    async fn who_asks_during_a_slow_publish_gets_its_answer(store: Store) {
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        assert_eq!(held.things.get_or_load(7).await.unwrap().unwrap().number, OLD);
        assert_eq!(held.source.calls(), 1);
        held.gate.release();
        held.cache.settle().await;
        assert_eq!(held.faults.calls(Operation::Put), 1);
    }

    async fn a_slow_publish_does_not_answer_with_what_is_dead(store: Store) {
        // FAULT: the open flight hands out its answer for as long as the store is silent, whatever the value's TTL.
        let (held, caller) = Held::publishing(store, false).await;
        caller.await.unwrap();
        held.clock.advance(TTL);
        let later = held.things.get_or_load(7).await.map(|found| found.map(|thing| thing.number));
        assert!(!matches!(later, Ok(Some(OLD))), "{later:?}");
    }
}
