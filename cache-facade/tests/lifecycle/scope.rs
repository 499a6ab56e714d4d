//! Going out of scope: what runs for a cache ends with its last handle (trap 36).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_facade::{Domain, domain};

use crate::common::{Fixture, Store, Thing, on_each_store, run_others, until};

/// Counts those that were dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Begins a load that never ends, and lets its caller go.
async fn left_alone(things: &Domain<Thing>, id: u64, dropped: &Arc<AtomicUsize>) {
    let guard = Counted(Arc::clone(dropped));
    let things = things.clone();
    let caller = tokio::spawn(async move {
        let hangs = move |_| async move {
            let _guard = guard;
            std::future::pending::<Result<Thing, io::Error>>().await
        };
        things.get_or_load_with(id, hangs).await.map(drop)
    });
    run_others().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
}

on_each_store! {
    async fn loads_end_when_the_last_handle_goes(store: Store) {
        let dropped = Arc::new(AtomicUsize::new(0));
        let tasks = tokio::runtime::Handle::current().metrics();
        let before = tasks.num_alive_tasks();
        let fx = Fixture::on(store);
        for id in 0..10 {
            left_alone(&fx.things, id, &dropped).await;
        }
        assert_eq!(dropped.load(Ordering::SeqCst), 0);
        drop(fx);
        until("the loads have ended", || dropped.load(Ordering::SeqCst) == 10).await;
        until("their tasks too", || tasks.num_alive_tasks() == before).await;
    }

    async fn a_cache_lives_as_long_as_one_of_its_handles(store: Store) {
        let dropped = Arc::new(AtomicUsize::new(0));
        let Fixture { cache, things, clock, .. } = Fixture::on(store);
        left_alone(&things, 7, &dropped).await;
        drop((cache, clock));
        run_others().await;
        let (counter, clone) = (things.counter(), things.clone());
        drop(things);
        drop(clone);
        run_others().await;
        assert_eq!(dropped.load(Ordering::SeqCst), 0, "the counter keeps it");
        drop(counter);
        until("the load has ended", || dropped.load(Ordering::SeqCst) == 1).await;
    }

    async fn a_loader_is_dropped_with_its_cache(store: Store) {
        let dropped = Arc::new(AtomicUsize::new(0));
        let guard = Counted(Arc::clone(&dropped));
        let fx = Fixture::with(store, domain().loader(cache_facade::loader_fn(move |_: u64, _| {
            let _kept = &guard;
            async { Err::<Thing, _>(io::Error::other("down")) }
        })));
        assert!(fx.things.get_or_load(7).await.is_err());
        drop(fx);
        run_others().await;
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
    }

    async fn values_are_dropped_with_their_cache(store: Store) {
        let value = Arc::new(crate::common::thing(1));
        let fx = Fixture::on(store);
        fx.things.put(7, Arc::clone(&value)).await.unwrap();
        drop(fx);
        run_others().await;
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
