//! Single steps of flights. Not beside them: the schedule explorer compiles that folder with its own synchronisation.

use std::future::{Future, pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cache_core::{Entry, Epoch, Key, Scope, Space};

use crate::flight::{
    Entered, FlightTable, Host, Leader, Load, Patience, Reread, Target, fenced, lead,
};

struct Endless;

impl Patience for Endless {
    fn run_out(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }
}

/// A patience that has run out.
struct RunOut;

impl Patience for RunOut {
    fn run_out(&mut self) -> impl Future<Output = ()> + Send {
        ready(())
    }
}

fn space() -> Space {
    Space::new("flights", "steps", 1).unwrap()
}

fn leads<R>(entered: Entered<R>) -> Leader<R> {
    match entered {
        Entered::Leading(leader) => leader,
        Entered::Joined(_) => panic!("joined"),
        Entered::Full => panic!("full"),
    }
}

fn step<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Reads a fresh old value and then stands still before it answers.
struct ReadsOldValue;

impl Host<u8> for ReadsOldValue {
    async fn reread(&mut self) -> Reread<u8> {
        tokio::task::yield_now().await;
        Reread::Fresh(0)
    }

    async fn load(&mut self, _: Option<Entry>) -> Load<u8> {
        Load {
            answer: 0,
            entry: None,
        }
    }

    async fn fenced(&mut self) {}
}

/// Why one pass is not enough: a flight that opens between the first pass and the change may have read the old value.
#[test]
fn nobody_joins_a_flight_that_opened_during_the_change() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let keys = [key];
    for target in [
        Target::Keys(&keys),
        Target::Scope(Scope::domain("flights", "steps")),
    ] {
        let flights = Arc::new(FlightTable::<u8>::new(8));
        let mut host = ReadsOldValue;
        let mut load = None;
        let change = async {
            let leader = leads(flights.enter(key));
            let load = load.insert(Box::pin(lead(leader, &mut host)));
            assert!(step(load.as_mut()).is_pending());
        };
        let mut endless = Endless;
        let mut fence = Box::pin(fenced(&flights, target, &mut endless, change));
        assert!(matches!(step(fence.as_mut()), Poll::Ready(((), true))));
        drop(fence);
        assert!(matches!(flights.enter(key), Entered::Leading(_)));
        assert!(load.is_some());
    }
}

#[test]
fn a_publishing_leader_is_waited_for_until_patience_runs_out() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let flights = Arc::new(FlightTable::<u8>::new(8));
    let keys = [key];
    let leader = leads(flights.enter(key));
    assert!(leader.flight().begin_publish());
    let mut endless = Endless;
    let mut waiting = pin!(fenced(&flights, Target::Keys(&keys), &mut endless, async {}));
    assert!(step(waiting.as_mut()).is_pending());
    let mut impatient = RunOut;
    let mut gives_up = pin!(fenced(
        &flights,
        Target::Keys(&keys),
        &mut impatient,
        async {}
    ));
    assert!(matches!(step(gives_up.as_mut()), Poll::Ready(((), false))));
    leader.finish(7);
    assert!(matches!(step(waiting.as_mut()), Poll::Ready(((), true))));
}

#[test]
fn callers_of_a_dead_leader_learn_that_there_is_no_answer() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let flights = Arc::new(FlightTable::<u8>::new(8));
    let leader = leads(flights.enter(key));
    let Entered::Joined(flight) = flights.enter(key) else {
        panic!("not joined")
    };
    drop(leader);
    assert!(matches!(step(pin!(flight.answer())), Poll::Ready(None)));
    assert_eq!(flights.open(), 0);
}

#[test]
fn a_full_table_opens_no_flight_and_lets_others_join() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let other = Key::new(&space, Epoch(0), b"other").unwrap();
    let flights = Arc::new(FlightTable::<u8>::new(1));
    let leader = leads(flights.enter(key));
    assert!(matches!(flights.enter(other), Entered::Full));
    assert!(matches!(flights.enter(key), Entered::Joined(_)));
    drop(leader);
    assert!(matches!(flights.enter(other), Entered::Leading(_)));
}

#[test]
fn an_early_answer_leaves_the_flight_open() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let flights = Arc::new(FlightTable::<u8>::new(8));
    let leader = leads(flights.enter(key));
    leader.flight().answer_with(1);
    assert!(matches!(
        step(pin!(leader.flight().answer())),
        Poll::Ready(Some(1))
    ));
    assert!(step(pin!(leader.flight().closed())).is_pending());
    assert_eq!(flights.open(), 1);
    let flight = Arc::clone(leader.flight());
    leader.finish(2);
    assert!(matches!(step(pin!(flight.answer())), Poll::Ready(Some(1))));
    assert!(step(pin!(flight.closed())).is_ready());
}

#[test]
fn a_wait_that_ends_early_takes_only_its_own_waker() {
    let space = space();
    let key = Key::new(&space, Epoch(0), b"k").unwrap();
    let flights = Arc::new(FlightTable::<u8>::new(8));
    let leader = leads(flights.enter(key));
    let flight = Arc::clone(leader.flight());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut stays = Box::pin(flight.answer());
    assert!(
        stays
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let mut leaves = Box::pin(flight.answer());
    assert!(step(leaves.as_mut()).is_pending());
    drop(leaves);
    leader.finish(3);
    assert_eq!(woken.0.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(matches!(step(stays.as_mut()), Poll::Ready(Some(3))));
}

#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}
