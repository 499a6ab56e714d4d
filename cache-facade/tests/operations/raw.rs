//! Free-form keys: text, or a list of parts, for any type with a schema.

use cache_facade::{Domain, ErrorKind, Lookup, MissReason, Schema, Weigh, Weight};
use serde::{Deserialize, Serialize};

use crate::common::{Fixture, Pause, Store, TTL, on_each_store, run_others};

fn names(fx: &Fixture) -> Domain<String> {
    fx.cache.raw().unwrap()
}

on_each_store! {
    async fn text_is_a_key(store: Store) {
        let fx = Fixture::on(store);
        names(&fx).put("map:name", "Jita".to_owned()).await.unwrap();
        assert_eq!(*names(&fx).get("map:name").await.unwrap().unwrap(), "Jita");
    }

    async fn a_list_is_the_key_of_its_joined_text(store: Store) {
        let fx = Fixture::on(store);
        names(&fx).put(["map", "name", "7"], "Jita".to_owned()).await.unwrap();
        let parts = vec!["map".to_owned(), "name".to_owned(), "7".to_owned()];
        assert_eq!(*names(&fx).get(parts).await.unwrap().unwrap(), "Jita");
        assert_eq!(*names(&fx).get("map:name:7").await.unwrap().unwrap(), "Jita");
        assert_eq!(*names(&fx).get(("map", "name", 7)).await.unwrap().unwrap(), "Jita");
    }

    async fn parts_with_separators_do_not_collide(store: Store) {
        let fx = Fixture::on(store);
        names(&fx).put(["a:b", "c"], "1".to_owned()).await.unwrap();
        names(&fx).put(["a", "b:c"], "2".to_owned()).await.unwrap();
        names(&fx).put(["a", "b", "c"], "3".to_owned()).await.unwrap();
        assert_eq!(*names(&fx).get(["a:b", "c"]).await.unwrap().unwrap(), "1");
        assert_eq!(*names(&fx).get(["a", "b:c"]).await.unwrap().unwrap(), "2");
        assert_eq!(*names(&fx).get("a:b:c").await.unwrap().unwrap(), "3");
    }

    async fn values_of_different_types_do_not_meet(store: Store) {
        let fx = Fixture::on(store);
        let numbers = fx.cache.raw::<u64>().unwrap();
        names(&fx).put("7", "seven".to_owned()).await.unwrap();
        assert!(numbers.get("7").await.unwrap().is_none());
        numbers.put("7", 7_u64).await.unwrap();
        assert_eq!(*names(&fx).get("7").await.unwrap().unwrap(), "seven");
        assert_eq!(*numbers.get(7).await.unwrap().unwrap(), 7);
    }

    async fn handles_of_one_type_share_their_loads(store: Store) {
        let fx = Fixture::on(store);
        let load = |_| async { Ok::<_, std::io::Error>("Jita".to_owned()) };
        names(&fx).get_or_load_with("7", load).await.unwrap();
        let found = names(&fx).get_or_load_with("7", load).await.unwrap().unwrap();
        assert_eq!((found.as_str(), names(&fx).stats().loads), ("Jita", 1));
    }

    async fn free_form_keys_have_the_caches_default_ttl(store: Store) {
        let mut config = store.config();
        config.default_ttl = cache_facade::Ttl::After(2 * TTL);
        let clock = cache_testkit::ManualClock::default();
        let backend = store.backend(clock.judge());
        let spec = cache_facade::domain();
        let (cache, _) = crate::common::cache_over(backend, clock.clone(), config, spec);
        let names = cache.raw::<String>().unwrap();
        names.put("7", "Jita".to_owned()).await.unwrap();
        clock.advance(2 * TTL - crate::common::MS);
        assert!(names.get("7").await.unwrap().is_some());
        clock.advance(crate::common::MS);
        assert!(names.get("7").await.unwrap().is_none());
    }

    async fn free_form_keys_are_counted_together(store: Store) {
        let fx = Fixture::on(store);
        names(&fx).put("7", "Jita".to_owned()).await.unwrap();
        names(&fx).get("7").await.unwrap();
        fx.cache.raw::<u64>().unwrap().get("7").await.unwrap();
        let stats = fx.cache.stats().await.unwrap().domains["raw"];
        assert_eq!((stats.writes, stats.fresh, stats.misses.absent), (1, 1, 1));
    }
}

/// Two types that claim one schema: trap 44.
#[derive(Debug, Serialize, Deserialize)]
struct Left(u32);

#[derive(Debug, Serialize, Deserialize)]
struct Right(u32);

impl Schema for Left {
    const FINGERPRINT: u64 = 44;
}

impl Schema for Right {
    const FINGERPRINT: u64 = 44;
}

impl Weigh for Left {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

impl Weigh for Right {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_a_miss_and_never_garbage() {
    for store in [Store::Moka, Store::Objects] {
        let fx = Fixture::on(store);
        fx.cache.raw().unwrap().put("7", Left(1)).await.unwrap();
        let found = fx.cache.raw::<Right>().unwrap().lookup("7").await.unwrap();
        assert!(matches!(found, Lookup::Miss(MissReason::WrongType)));
    }
}

#[tokio::test]
async fn a_load_takes_the_place_of_a_value_of_another_type() {
    let fx = Fixture::on(Store::Moka);
    let rights = fx.cache.raw::<Right>().unwrap();
    fx.cache.raw().unwrap().put("7", Left(1)).await.unwrap();
    let load = |_| async { Ok::<_, std::io::Error>(Right(2)) };
    assert_eq!(
        rights.get_or_load_with("7", load).await.unwrap().unwrap().0,
        2
    );
    assert_eq!(rights.get("7").await.unwrap().unwrap().0, 2);
}

#[tokio::test(start_paused = true)]
async fn who_joins_a_load_of_another_type_gets_an_error() {
    let fx = Fixture::on(Store::Moka);
    let (lefts, rights) = (
        fx.cache.raw::<Left>().unwrap(),
        fx.cache.raw::<Right>().unwrap(),
    );
    let pause = Pause::new();
    let standing = pause.clone();
    let leader = tokio::spawn(async move {
        let load = move |_| async move {
            standing.pass().await;
            Ok::<_, std::io::Error>(Left(1))
        };
        lefts.get_or_load_with("7", load).await.unwrap().unwrap().0
    });
    pause.reached_by(1).await;
    let follower = tokio::spawn(async move {
        let load = |_| async { Ok::<_, std::io::Error>(Right(2)) };
        rights.get_or_load_with("7", load).await.map(drop)
    });
    run_others().await;
    pause.release();
    assert_eq!(leader.await.unwrap(), 1);
    let error = follower.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
}
