//! Switching a cache off and on: nothing old comes back.

use std::io;

use cache_facade::{Lookup, MissReason, Ttl, domain};

use crate::common::{Fixture, Pause, Source, Store, on_each_store, run_others, thing};

/// A cache that holds 1 under 7, switched off.
async fn switched_off(store: Store) -> (Fixture, Source) {
    let source = Source::new();
    let fx = Fixture::with(store, source.domain());
    fx.things.put(7, thing(1)).await.unwrap();
    fx.cache.set_bypass(true);
    (fx, source)
}

on_each_store! {
    async fn every_read_misses(store: Store) {
        let (fx, _) = switched_off(store).await;
        assert!(fx.things.get(7).await.unwrap().is_none());
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Miss(MissReason::Bypassed)));
        assert!(matches!(fx.things.get_now(7), Some(Lookup::Miss(MissReason::Bypassed))));
        assert!(!fx.things.exists(7).await.unwrap());
        assert!(fx.things.get_many([7]).await[0].as_ref().unwrap().is_none());
        assert_eq!(fx.things.stats().misses.bypassed, 4);
    }

    async fn loads_run_and_are_not_stored(store: Store) {
        let (fx, source) = switched_off(store).await;
        source.set(5);
        for _ in 0..2 {
            assert_eq!(fx.things.get_or_load(8).await.unwrap().unwrap().number, 5);
        }
        assert_eq!(source.calls(), 2);
        fx.cache.set_bypass(false);
        assert_eq!(fx.number(8).await, None);
    }

    async fn what_was_untouched_is_there_again(store: Store) {
        let (fx, _) = switched_off(store).await;
        fx.cache.set_bypass(false);
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn what_was_changed_meanwhile_does_not_come_back(store: Store) {
        for change in 0..9 {
            let (fx, _) = switched_off(store).await;
            match change {
                0 => fx.things.put(7, thing(2)).await.unwrap(),
                1 => fx.things.put_with_ttl(7, thing(2), Ttl::Never).await.unwrap(),
                2 => fx.things.put_many([(7, thing(2))]).await.pop().unwrap().unwrap(),
                3 => drop(fx.things.update(7, |_| Some(thing(2))).await.unwrap()),
                4 => drop(fx.things.invalidate(7).await.unwrap()),
                5 => drop(fx.things.invalidate_many([7]).await),
                6 => assert!(fx.things.expire(7).await.unwrap()),
                7 => fx.things.clear().await.unwrap(),
                _ => fx.cache.clear().await.unwrap(),
            }
            fx.cache.set_bypass(false);
            assert_eq!(fx.number(7).await, None, "change {change}");
        }
    }

    async fn a_put_if_absent_does_not_bring_anything_back(store: Store) {
        let (fx, _) = switched_off(store).await;
        fx.things.put_if_absent(7, thing(2), Ttl::Default).await.unwrap();
        fx.cache.set_bypass(false);
        assert_eq!(fx.number(7).await, None);
    }

    async fn an_update_sees_nothing(store: Store) {
        let (fx, _) = switched_off(store).await;
        let stored = fx.things.update(7, |now| now.is_none().then(|| thing(2)));
        assert_eq!(stored.await.unwrap().unwrap().number, 2);
    }

    async fn a_load_from_before_that_was_fenced_stays_out(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        source.set(1);
        let things = fx.things.clone();
        let caller = tokio::spawn(async move { things.get_or_load(7).await.map(drop) });
        pause.reached_by(1).await;
        fx.cache.set_bypass(true);
        source.set(2);
        fx.things.put(7, thing(2)).await.unwrap();
        fx.cache.set_bypass(false);
        pause.release();
        caller.await.unwrap().unwrap();
        assert_eq!(fx.number(7).await, None);
    }

    async fn callers_still_share_a_load(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Fixture::with(store, source.domain());
        fx.cache.set_bypass(true);
        let ask = || {
            let things = fx.things.clone();
            tokio::spawn(async move { things.get_or_load(7).await.map(drop) })
        };
        let callers = [ask(), ask(), ask()];
        pause.reached_by(1).await;
        run_others().await;
        pause.release();
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
        assert_eq!(source.calls(), 1);
    }
}

#[tokio::test]
async fn a_cache_can_be_built_switched_off() {
    let fx = Fixture::configured(Store::Moka, domain(), |config| config.bypass = true);
    fx.things.put(7, thing(1)).await.unwrap();
    assert_eq!(fx.number(7).await, None);
    fx.cache.set_bypass(false);
    assert_eq!(fx.number(7).await, None, "nothing was stored");
    let load = |_| async { Ok::<_, io::Error>(thing(2)) };
    fx.things.get_or_load_with(7, load).await.unwrap();
    assert_eq!(fx.number(7).await, Some(2));
}
