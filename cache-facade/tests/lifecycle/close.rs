//! Closing while loads and publishes are under way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::Layer;
use cache_facade::{Cache, Domain, ErrorKind, LoadContext, Operation, Result, domain};
use cache_testkit::{Fault, FaultLayer, Faults, Gate, ManualClock};
use tokio::time::Instant;

use crate::common::{
    Pause, Source, Store, Thing, at_gate, cache_over, on_each_store, run_others, thing,
};

/// The default of `close_grace`.
const GRACE: Duration = Duration::from_secs(5);

struct Closing {
    cache: Cache,
    things: Domain<Thing>,
    faults: Faults,
}

impl Closing {
    fn on(store: Store, source: &Source) -> Self {
        let (faults, clock) = (Faults::default(), ManualClock::default());
        let backend = FaultLayer::new(&faults).layer(store.backend(clock.judge()));
        let (cache, things) = cache_over(backend, clock, store.config(), source.domain());
        Self {
            cache,
            things,
            faults,
        }
    }

    fn ask(&self) -> tokio::task::JoinHandle<Result<u64>> {
        let things = self.things.clone();
        tokio::spawn(async move { Ok(things.get_or_load(7).await?.unwrap().number) })
    }

    fn close(&self) -> tokio::task::JoinHandle<Result<()>> {
        let cache = self.cache.clone();
        tokio::spawn(async move { cache.close().await })
    }
}

/// Set when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

on_each_store! {
    async fn callers_of_loads_get_closed_at_once(store: Store) {
        let pause = Pause::new();
        let fx = Closing::on(store, &Source::slow(&pause));
        let callers = [fx.ask(), fx.ask()];
        pause.reached_by(1).await;
        run_others().await;
        let start = Instant::now();
        let closing = fx.close();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        closing.await.unwrap().unwrap();
    }

    async fn a_loader_may_end_within_the_grace(store: Store) {
        let pause = Pause::new();
        let fx = Closing::on(store, &Source::slow(&pause));
        let caller = fx.ask();
        pause.reached_by(1).await;
        let closing = fx.close();
        run_others().await;
        assert!(!closing.is_finished(), "it waits for the loader");
        let start = Instant::now();
        pause.release();
        closing.await.unwrap().unwrap();
        assert!(start.elapsed() < GRACE);
        assert!(caller.await.unwrap().is_err());
    }

    async fn a_loader_that_goes_on_is_dropped_after_the_grace(store: Store) {
        let fx = Closing::on(store, &Source::new());
        let dropped = Arc::new(AtomicBool::new(false));
        let guard = Flag(Arc::clone(&dropped));
        let things = fx.things.clone();
        let caller = tokio::spawn(async move {
            let hangs = move |_| async move {
                let _guard = guard;
                std::future::pending::<Result<Thing, io::Error>>().await
            };
            things.get_or_load_with(7, hangs).await.map(drop)
        });
        run_others().await;
        let start = Instant::now();
        fx.cache.close().await.unwrap();
        assert!(dropped.load(Ordering::SeqCst));
        assert!((GRACE..GRACE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    }

    async fn what_a_load_yields_during_the_close_is_not_stored(store: Store) {
        let pause = Pause::new();
        let fx = Closing::on(store, &Source::slow(&pause));
        let caller = fx.ask();
        pause.reached_by(1).await;
        let closing = fx.close();
        run_others().await;
        pause.release();
        closing.await.unwrap().unwrap();
        assert!(caller.await.unwrap().is_err());
        run_others().await;
        assert_eq!(fx.faults.calls(Operation::Put), 0);
    }

    async fn close_waits_for_a_publish(store: Store) {
        let fx = Closing::on(store, &Source::new());
        let gate = Gate::new();
        fx.faults.next(Operation::Put, Fault::Hang(gate.clone()));
        let caller = fx.ask();
        at_gate(&gate).await;
        let closing = fx.close();
        run_others().await;
        assert!(!closing.is_finished());
        assert_eq!(fx.faults.calls(Operation::Close), 0, "the store is closed last");
        gate.release();
        closing.await.unwrap().unwrap();
        assert!(caller.await.unwrap().is_err());
    }

    async fn a_publish_that_hangs_is_given_up_after_the_grace(store: Store) {
        let fx = Closing::on(store, &Source::new());
        let gate = Gate::new();
        fx.faults.next(Operation::Put, Fault::Hang(gate.clone()));
        let caller = fx.ask();
        at_gate(&gate).await;
        let start = Instant::now();
        fx.cache.close().await.unwrap();
        assert!((GRACE..GRACE * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert_eq!(gate.waiting(), 0, "nothing is published any more");
        assert!(caller.await.unwrap().is_err());
    }

    async fn no_load_begins_after_close_began(store: Store) {
        let pause = Pause::new();
        let source = Source::slow(&pause);
        let fx = Closing::on(store, &source);
        let caller = fx.ask();
        pause.reached_by(1).await;
        let closing = fx.close();
        run_others().await;
        let later = fx.ask().await.unwrap().unwrap_err();
        assert_eq!((later.kind(), source.calls()), (ErrorKind::Closed, 1));
        pause.release();
        closing.await.unwrap().unwrap();
        assert!(caller.await.unwrap().is_err());
    }

    async fn no_change_begins_after_close_began(store: Store) {
        let pause = Pause::new();
        let fx = Closing::on(store, &Source::slow(&pause));
        let caller = fx.ask();
        pause.reached_by(1).await;
        let closing = fx.close();
        run_others().await;
        let refusals = [
            fx.things.put(8, thing(1)).await,
            fx.things.invalidate(8).await.map(drop),
            fx.things.update(8, |_| None).await.map(drop),
            fx.things.clear().await,
            fx.cache.clear().await,
        ];
        assert!(refusals.into_iter().all(|refusal| refusal.unwrap_err().kind() == ErrorKind::Closed));
        pause.release();
        closing.await.unwrap().unwrap();
        assert!(caller.await.unwrap().is_err());
    }

    async fn two_closes_at_once_both_end(store: Store) {
        let pause = Pause::new();
        let fx = Closing::on(store, &Source::slow(&pause));
        let caller = fx.ask();
        pause.reached_by(1).await;
        let closing = [fx.close(), fx.close()];
        run_others().await;
        pause.release();
        for closing in closing {
            closing.await.unwrap().unwrap();
        }
        assert!(caller.await.unwrap().is_err());
    }

    async fn a_store_that_cannot_end_cleanly_is_reported(store: Store) {
        let fx = Closing::on(store, &Source::new());
        fx.faults.next(Operation::Close, Fault::Error(ErrorKind::Unavailable));
        assert_eq!(fx.cache.close().await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(fx.things.put(7, thing(1)).await.unwrap_err().kind(), ErrorKind::Closed);
    }

    async fn a_loader_that_listens_hears_of_the_close_at_once(store: Store) {
        let fx = Closing::on(store, &Source::new());
        let things = fx.things.clone();
        let caller = tokio::spawn(async move {
            let listens = |context: LoadContext<Thing>| async move {
                context.cancelled().await;
                Err::<Thing, _>(io::Error::other("stopped early"))
            };
            things.get_or_load_with(7, listens).await.map(drop)
        });
        run_others().await;
        let start = Instant::now();
        fx.cache.close().await.unwrap();
        assert!(start.elapsed() < GRACE, "{:?}", start.elapsed());
        assert!(caller.await.unwrap().is_err());
    }

    async fn an_inline_loader_has_the_grace_too(store: Store) {
        let (pause, ended) = (Pause::new(), Arc::new(AtomicBool::new(false)));
        let fx = Closing::on(store, &Source::new());
        let (things, standing, reached) = (fx.things.clone(), pause.clone(), Arc::clone(&ended));
        let caller = tokio::spawn(async move {
            let load = |_| async {
                standing.pass().await;
                reached.store(true, Ordering::SeqCst);
                Ok::<_, io::Error>(thing(1))
            };
            things.get_or_load_inline(7, load).await.map(drop)
        });
        pause.reached_by(1).await;
        let closing = fx.close();
        run_others().await;
        pause.release();
        closing.await.unwrap().unwrap();
        assert!(caller.await.unwrap().is_err());
        assert!(ended.load(Ordering::SeqCst));
    }
}

/// A grace of zero ends loads at once.
#[tokio::test(start_paused = true)]
async fn without_a_grace_loads_end_at_once() {
    let (pause, clock) = (Pause::new(), ManualClock::default());
    let mut config = Store::Moka.config();
    config.close_grace = Duration::ZERO;
    let backend = Store::Moka.backend(clock.judge());
    let (cache, things) = cache_over(backend, clock, config, domain());
    let standing = pause.clone();
    let caller = tokio::spawn(async move {
        let load = move |_| async move {
            standing.pass().await;
            Ok::<_, io::Error>(thing(1))
        };
        things.get_or_load_with(7, load).await.map(drop)
    });
    pause.reached_by(1).await;
    let start = Instant::now();
    cache.close().await.unwrap();
    assert!(
        start.elapsed() < Duration::from_millis(5),
        "{:?}",
        start.elapsed()
    );
    assert!(caller.await.unwrap().is_err());
}
