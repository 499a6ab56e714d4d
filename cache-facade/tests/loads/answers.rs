//! What a loader can answer, and what is stored of it.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_facade::{Clock, Loaded, Lookup, MissReason, Ttl, domain};

use crate::common::source::answering;
use crate::common::{
    Fixture, MS, NEGATIVE_TTL, Pause, Source, Store, TTL, on_each_store, run_others, thing,
};

const SECOND: Duration = Duration::from_secs(1);

on_each_store! {
    async fn a_loaded_value_is_stored(store: Store) {
        let source = Source::new();
        let fx = Fixture::with(store, source.domain());
        source.set(5);
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!(fx.number(7).await, Some(5));
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        assert_eq!(source.calls(), 1);
    }

    async fn a_loaded_value_has_the_domains_ttl(store: Store) {
        let fx = Fixture::with(store, Source::new().domain());
        fx.things.get_or_load(7).await.unwrap();
        fx.clock.advance(TTL - MS);
        assert!(fx.things.exists(7).await.unwrap());
        fx.clock.advance(MS);
        assert!(!fx.things.exists(7).await.unwrap());
    }

    async fn a_life_begins_where_its_load_began(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, Source::slow(&pause).domain());
        let things = fx.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap() });
        pause.reached_by(1).await;
        fx.clock.advance(5 * SECOND);
        pause.release();
        assert_eq!(caller.await.unwrap().age(), 5 * SECOND);
        fx.clock.advance(TTL - 5 * SECOND);
        assert!(!fx.things.exists(7).await.unwrap());
    }

    async fn a_value_loaded_for_a_time_has_that_ttl(store: Store) {
        let (spec, _) = answering(|call, _| async move { Ok(Loaded::For(SECOND, thing(call))) });
        let fx = Fixture::with(store, spec);
        fx.things.get_or_load(7).await.unwrap();
        fx.clock.advance(SECOND - MS);
        assert_eq!(fx.number(7).await, Some(1));
        fx.clock.advance(MS);
        assert_eq!(fx.number(7).await, None);
    }

    async fn a_value_loaded_for_no_time_is_answered_and_not_stored(store: Store) {
        let (spec, _) = answering(|call, _| async move {
            Ok(Loaded::For(Duration::ZERO, thing(call)))
        });
        let fx = Fixture::with(store, spec);
        for call in [1, 2] {
            let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
            assert_eq!((answer.number, answer.is_stale()), (call, false));
        }
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Miss(MissReason::Absent)));
    }

    async fn a_value_not_to_be_stored_is_answered_only(store: Store) {
        let (spec, calls) = answering(|call, _| async move { Ok(Loaded::DoNotStore(thing(call))) });
        let fx = Fixture::with(store, spec);
        let answer = fx.things.get_or_load(7).await.unwrap().unwrap();
        assert_eq!((answer.number, answer.is_stale(), answer.age()), (1, false, Duration::ZERO));
        assert_eq!(fx.number(7).await, None);
        fx.things.get_or_load(7).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    async fn a_value_not_to_be_stored_leaves_the_stale_one(store: Store) {
        let (spec, _) = answering(|_, _| async move { Ok(Loaded::DoNotStore(thing(5))) });
        let fx = Fixture::with(store, spec);
        fx.put_stale(4, TTL).await;
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 5);
        let left = fx.things.lookup(7).await.unwrap();
        assert!(matches!(left, Lookup::Stale(left) if left.number == 4));
    }

    async fn absence_is_kept_for_the_negative_ttl(store: Store) {
        let (spec, calls) = answering(|_, _| async move { Ok(Loaded::Absent) });
        let fx = Fixture::with(store, spec);
        assert!(fx.things.get_or_load(7).await.unwrap().is_none());
        fx.clock.advance(NEGATIVE_TTL - MS);
        assert!(fx.things.get_or_load(7).await.unwrap().is_none());
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        fx.clock.advance(MS);
        assert!(fx.things.get_or_load(7).await.unwrap().is_none());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    async fn absence_takes_the_place_of_a_stale_value(store: Store) {
        let (spec, _) = answering(|_, _| async move { Ok(Loaded::Absent) });
        let fx = Fixture::with(store, spec);
        fx.put_stale(4, TTL).await;
        assert!(fx.things.get_or_load(7).await.unwrap().is_none());
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Negative));
    }

    async fn an_option_is_a_value_or_absence(store: Store) {
        let fx = Fixture::with(store, domain());
        let some = |_| async { Ok::<_, io::Error>(Some(thing(1))) };
        let none = |_| async { Ok::<_, io::Error>(None) };
        assert!(fx.things.get_or_load_with(7, some).await.unwrap().is_some());
        assert!(fx.things.get_or_load_with(8, none).await.unwrap().is_none());
        assert!(matches!(fx.things.lookup(8).await.unwrap(), Lookup::Negative));
    }

    async fn all_three_ways_to_load_find_what_is_there(store: Store) {
        let source = Source::new();
        let fx = Fixture::with(store, source.domain());
        fx.things.put(7, thing(3)).await.unwrap();
        let load = |_| async { Ok::<_, io::Error>(thing(9)) };
        let found = [
            fx.things.get_or_load(7).await,
            fx.things.get_or_load_with(7, load).await,
            fx.things.get_or_load_inline(7, load).await,
        ];
        assert!(found.into_iter().all(|one| one.unwrap().unwrap().number == 3));
        assert_eq!((source.calls(), fx.things.stats().loads), (0, 0));
    }

    async fn an_inline_loader_may_borrow(store: Store) {
        let fx = Fixture::with(store, domain());
        let name = String::from("borrowed");
        let load = |_| async { Ok::<_, io::Error>(crate::common::Thing { number: 1, name: name.clone() }) };
        let found = fx.things.get_or_load_inline(7, load).await.unwrap().unwrap();
        assert_eq!(found.name, name);
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn a_value_put_while_a_load_waits_to_start_is_answered(store: Store) {
        // The leader reads again before it loads.
        let clock = cache_testkit::ManualClock::default();
        let backend = cache_testkit::Yielding::new(store.backend(clock.judge()), 4);
        let source = Source::new();
        let spec = source.domain();
        let (_cache, things) = crate::common::cache_over(backend, clock, store.config(), spec);
        let other = things.clone();
        let reader = tokio::spawn(async move { other.get_or_load(7).await.unwrap().unwrap() });
        let first = things.stats().lookups();
        while things.stats().lookups() == first {
            tokio::task::yield_now().await;
        }
        things.put_with_ttl(7, thing(3), Ttl::Never).await.unwrap();
        run_others().await;
        assert!([0, 3].contains(&reader.await.unwrap().number));
        assert_eq!(things.get(7).await.unwrap().unwrap().number, 3);
    }

    async fn a_load_slower_than_its_ttl_is_answered_as_stale(store: Store) {
        let pause = Pause::new();
        let fx = Fixture::with(store, Source::slow(&pause).domain());
        let things = fx.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap() });
        pause.reached_by(1).await;
        let before = fx.clock.now();
        fx.clock.advance(TTL);
        pause.release();
        let answer = caller.await.unwrap();
        assert_eq!(answer.age(), fx.clock.now().since(before));
        assert!(answer.is_stale());
    }
}
