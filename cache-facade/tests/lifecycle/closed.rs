//! A closed cache: every operation says so.

use std::io;
use std::time::Duration;

use cache_facade::{ErrorKind, Result, Ttl};

use crate::common::{Fixture, Source, Store, on_each_store, thing};

async fn answers(fx: &Fixture) -> Vec<(&'static str, Result<()>)> {
    let things = &fx.things;
    let load = |_| async { Ok::<_, io::Error>(thing(1)) };
    let minute = Duration::from_secs(60);
    vec![
        ("get", things.get(7).await.map(drop)),
        ("lookup", things.lookup(7).await.map(drop)),
        ("exists", things.exists(7).await.map(drop)),
        (
            "get_many",
            things.get_many([7]).await.pop().unwrap().map(drop),
        ),
        ("get_or_load", things.get_or_load(7).await.map(drop)),
        (
            "get_or_load_with",
            things.get_or_load_with(7, load).await.map(drop),
        ),
        (
            "get_or_load_inline",
            things.get_or_load_inline(7, load).await.map(drop),
        ),
        ("put", things.put(7, thing(1)).await),
        (
            "put_if_absent",
            things
                .put_if_absent(7, thing(1), Ttl::Default)
                .await
                .map(drop),
        ),
        (
            "put_many",
            things.put_many([(7, thing(1))]).await.pop().unwrap(),
        ),
        (
            "update",
            things.update(7, |_| Some(thing(1))).await.map(drop),
        ),
        ("touch", things.touch(7, Ttl::Default).await.map(drop)),
        ("expire", things.expire(7).await.map(drop)),
        ("invalidate", things.invalidate(7).await.map(drop)),
        (
            "invalidate_many",
            things.invalidate_many([7]).await.pop().unwrap().map(drop),
        ),
        ("clear", things.clear().await),
        (
            "counter",
            things.counter().add(7, 1, minute).await.map(drop),
        ),
        ("cache.clear", fx.cache.clear().await),
        ("cache.flush", fx.cache.flush().await),
        ("cache.ping", fx.cache.ping().await.map(drop)),
        ("cache.stats", fx.cache.stats().await.map(drop)),
    ]
}

async fn all_closed(fx: &Fixture) {
    for (operation, answer) in answers(fx).await {
        let kind = answer.err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Closed), "{operation}");
    }
}

on_each_store! {
    async fn every_operation_answers_closed(store: Store) {
        let source = Source::new();
        let fx = Fixture::with(store, source.domain());
        fx.things.put(7, thing(1)).await.unwrap();
        fx.cache.close().await.unwrap();
        all_closed(&fx).await;
        assert!(fx.things.get_now(7).is_none());
        assert_eq!(source.calls(), 0);
    }

    async fn a_cache_that_is_switched_off_answers_closed_too(store: Store) {
        let fx = Fixture::with(store, Source::new().domain());
        fx.cache.set_bypass(true);
        fx.cache.close().await.unwrap();
        all_closed(&fx).await;
        assert!(fx.things.get_now(7).is_none());
    }

    async fn closing_again_does_nothing(store: Store) {
        let fx = Fixture::on(store);
        fx.cache.close().await.unwrap();
        fx.cache.clone().close().await.unwrap();
        all_closed(&fx).await;
    }

    async fn what_was_counted_can_still_be_asked_for(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.things.get(7).await.unwrap();
        fx.cache.close().await.unwrap();
        assert_eq!((fx.things.stats().writes, fx.things.stats().fresh), (1, 1));
    }

    async fn a_handle_made_after_the_close_is_closed(store: Store) {
        let fx = Fixture::on(store);
        fx.cache.close().await.unwrap();
        let late = fx.cache.raw::<String>().unwrap();
        assert_eq!(late.get("7").await.map(drop).unwrap_err().kind(), ErrorKind::Closed);
    }

    async fn settling_a_closed_cache_ends(store: Store) {
        let fx = Fixture::on(store);
        fx.cache.close().await.unwrap();
        fx.cache.settle().await;
    }
}
