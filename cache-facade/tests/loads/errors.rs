//! Loads that fail: everybody gets the same error, nothing is stored, and the next call asks again.

use std::io;
use std::sync::atomic::Ordering;

use cache_facade::{ErrorKind, Loaded, Lookup, MissReason, domain};
use tokio::task::JoinSet;

use crate::common::source::answering;
use crate::common::{Fixture, Pause, Store, TTL, Thing, on_each_store, run_others, thing};

async fn fails(_: cache_facade::LoadContext<Thing>) -> Result<Thing, io::Error> {
    Err(io::Error::other("the source is down"))
}

on_each_store! {
    async fn a_loaders_error_is_a_load_error_with_its_cause(store: Store) {
        let fx = Fixture::on(store);
        let error = fx.things.get_or_load_with(7, fails).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Load);
        assert_eq!(error.downcast_ref::<io::Error>().unwrap().to_string(), "the source is down");
        assert!(!error.to_string().contains("the source is down"), "the cause is the source");
    }

    async fn all_callers_share_one_cause(store: Store) {
        let pause = Pause::new();
        let standing = pause.clone();
        let (spec, calls) = answering(move |_, _| {
            let standing = standing.clone();
            async move {
                standing.pass().await;
                Err(io::Error::other("the source is down"))
            }
        });
        let fx = Fixture::with(store, spec);
        let mut callers = JoinSet::new();
        for _ in 0..100 {
            let things = fx.things.clone();
            callers.spawn(async move { things.get_or_load(7).await.map(drop).unwrap_err() });
        }
        pause.reached_by(1).await;
        run_others().await;
        pause.release();
        let errors = callers.join_all().await;
        let causes = errors.iter().map(|error| error.downcast_ref::<io::Error>().unwrap());
        let first = errors[0].downcast_ref::<io::Error>().unwrap();
        assert!(causes.into_iter().all(|cause| std::ptr::eq(cause, first)));
        assert_eq!(calls.load(Ordering::SeqCst), 1, "nobody retries by itself");
    }

    async fn an_error_is_not_cached(store: Store) {
        let (spec, calls) = answering(|call, _| async move {
            match call {
                1 => Err(io::Error::other("the source is down")),
                _ => Ok(Loaded::Value(thing(call))),
            }
        });
        let fx = Fixture::with(store, spec);
        assert!(fx.things.get_or_load(7).await.is_err());
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Miss(MissReason::Absent)));
        assert_eq!(fx.things.get_or_load(7).await.unwrap().unwrap().number, 2);
        let stats = fx.things.stats();
        assert_eq!((calls.load(Ordering::SeqCst), stats.loads, stats.load_errors), (2, 2, 1));
    }

    async fn an_error_leaves_the_stale_value(store: Store) {
        let (spec, _) = answering(|_, _| async { Err(io::Error::other("the source is down")) });
        let fx = Fixture::with(store, spec);
        fx.put_stale(4, TTL).await;
        assert_eq!(fx.things.get_or_load(7).await.unwrap_err().kind(), ErrorKind::Load);
        assert!(matches!(fx.things.lookup(7).await.unwrap(), Lookup::Stale(_)));
    }

    async fn a_panic_is_an_error_to_its_caller(store: Store) {
        let fx = Fixture::on(store);
        let panics = |_| async { if true { panic!("in the loader") } Ok::<_, io::Error>(thing(1)) };
        let errors = [
            fx.things.get_or_load_with(7, panics).await.unwrap_err(),
            fx.things.get_or_load_inline(7, panics).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Load);
            assert!(error.to_string().contains("panicked"));
        }
        assert_eq!(fx.open_flights().await, 0);
    }

    async fn a_panic_before_the_first_await_is_contained_too(store: Store) {
        let fx = Fixture::with(store, domain().loader(cache_facade::loader_fn(
            |id: u64, _| {
                assert!(id != 7, "in the closure, before there is a future");
                async move { Ok::<_, io::Error>(thing(id)) }
            },
        )));
        assert_eq!(fx.things.get_or_load(7).await.unwrap_err().kind(), ErrorKind::Load);
        assert_eq!(fx.things.get_or_load(8).await.unwrap().unwrap().number, 8);
        let stats = fx.things.stats();
        assert_eq!((stats.loads, stats.load_errors), (2, 1));
    }
}

/// A value whose `weight` panics: what happens around a loader is as much the load as the loader itself.
#[derive(Debug, Clone, cache_facade::Schema, serde::Serialize, serde::Deserialize)]
struct Heavy(u32);

impl cache_facade::Cacheable for Heavy {
    const DOMAIN: &'static str = "heavy";

    fn weight(&self) -> cache_facade::Weight {
        panic!("in the weight of {}", self.0)
    }
}

/// What the callers of a load are told whose value cannot be weighed, in the callers' first step or in a task.
async fn told(yields: bool) -> ErrorKind {
    let cache = cache_facade::Cache::builder();
    let cache = cache.domain(domain::<Heavy>()).build().unwrap();
    let heavy = cache.domain::<Heavy>().unwrap();
    let caller = tokio::spawn(async move {
        let load = move |_| async move {
            if yields {
                run_others().await;
            }
            Ok::<_, io::Error>(Heavy(1))
        };
        heavy.get_or_load_with(7, load).await.map(drop).unwrap_err()
    });
    caller.await.unwrap().kind()
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_loaded_value_is_weighed_is_a_load_error() {
    assert_eq!(told(false).await, ErrorKind::Load);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_task_of_a_load_is_a_load_error() {
    assert_eq!(told(true).await, ErrorKind::Load);
}
