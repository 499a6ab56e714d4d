//! The fakes do what they say: faults, gates, yields, clocks, the memory backend's powers.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, beside the tests that may"
)]

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Backend, Capability, Clock, Condition, Entry, Epoch, ErrorKind, Found, Layer, Lifetime, Meta,
    Operation, OwnedKey, Put, PutItem, Scope, Space, Timestamp, Ttl,
};
use cache_testkit::conformance::{Verdict, cases, run_case};
use cache_testkit::{
    Env, Fault, FaultLayer, Faults, Faulty, Gate, ManualClock, MemoryBackend, MemoryDisk,
    PausedClock, Setup, Yielding,
};
use futures_util::{StreamExt, TryStreamExt};

fn faulty() -> (Faults, Faulty<MemoryBackend>) {
    let faults = Faults::default();
    let memory = MemoryBackend::new(ManualClock::default().judge());
    let backend = FaultLayer::new(&faults).layer(memory);
    (faults, backend)
}

fn key(id: &str) -> OwnedKey {
    let space = Space::new("fakes", "pilot", 1).unwrap();
    OwnedKey::new(space, Epoch(0), id.as_bytes()).unwrap()
}

fn entry() -> Entry {
    let now = ManualClock::default().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO);
    Entry::object(Meta::new(now, life), Arc::new(7_u8))
}

fn kind<T: std::fmt::Debug>(answer: cache_core::Result<T>) -> ErrorKind {
    answer.unwrap_err().kind()
}

#[tokio::test]
async fn an_error_means_that_nothing_happened() {
    let (faults, backend) = faulty();
    let key = key("a");
    faults.set(Operation::Put, Fault::Error(ErrorKind::Overloaded));
    for _ in 0..2 {
        let put = backend.put(key.as_key(), entry(), Condition::Always).await;
        let error = put.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded);
        assert_eq!(error.failed_operation(), Some(Operation::Put));
        assert_eq!(error.failed_backend(), Some("memory"));
    }
    faults.heal(Operation::Put);
    assert!(matches!(backend.get(key.as_key()).await, Ok(Found::Absent)));
    let put = backend.put(key.as_key(), entry(), Condition::Always).await;
    assert!(put.unwrap().is_stored());
    assert_eq!(faults.calls(Operation::Put), 3);
}

#[tokio::test]
async fn a_lost_answer_took_effect() {
    let (faults, backend) = faulty();
    let key = key("a");
    faults.next(Operation::Put, Fault::LoseAnswer);
    let put = backend.put(key.as_key(), entry(), Condition::Always).await;
    assert_eq!(kind(put), ErrorKind::Timeout);
    assert!(matches!(
        backend.get(key.as_key()).await,
        Ok(Found::Entry(_))
    ));
}

#[tokio::test]
async fn faults_that_were_queued_meet_one_operation_each_before_the_standing_one() {
    let (faults, backend) = faulty();
    faults.set(Operation::Ping, Fault::Error(ErrorKind::Unavailable));
    faults.next(Operation::Ping, Fault::Error(ErrorKind::Timeout));
    faults.next(Operation::Ping, Fault::Error(ErrorKind::Overloaded));
    assert_eq!(kind(backend.ping().await), ErrorKind::Timeout);
    assert_eq!(kind(backend.ping().await), ErrorKind::Overloaded);
    assert_eq!(kind(backend.ping().await), ErrorKind::Unavailable);
    faults.heal_all();
    assert!(backend.ping().await.is_ok());
}

#[tokio::test]
async fn a_batch_fails_as_a_whole_or_for_one_item() {
    let (faults, backend) = faulty();
    let (a, b) = (key("a"), key("b"));
    let items = || {
        [&a, &b].map(|key| PutItem {
            key: key.as_key(),
            entry: entry(),
            when: Condition::Always,
        })
    };
    faults.next(Operation::PutMany, Fault::Error(ErrorKind::Unavailable));
    let failed = backend.put_many(items().to_vec()).await;
    assert_eq!(failed.len(), 2);
    failed
        .into_iter()
        .for_each(|answer| assert_eq!(kind(answer), ErrorKind::Unavailable));
    assert_eq!(
        backend.count(Scope::namespace("fakes")).await.unwrap(),
        0,
        "what failed was stored"
    );
    faults.next(Operation::PutMany, Fault::LoseAnswerOf(1));
    let answers = backend.put_many(items().to_vec()).await;
    assert!(matches!(answers.as_slice(), [Ok(Put::Stored(_)), Err(_)]));
    assert_eq!(backend.count(Scope::namespace("fakes")).await.unwrap(), 2);
}

#[tokio::test]
async fn a_page_that_fails_is_the_last() {
    let (faults, backend) = faulty();
    backend
        .put(key("a").as_key(), entry(), Condition::Always)
        .await
        .unwrap();
    faults.set(Operation::Scan, Fault::Error(ErrorKind::Unavailable));
    let pages: Vec<_> = backend.scan(Scope::namespace("fakes")).collect().await;
    assert_eq!(pages.len(), 1);
    faults.heal_all();
    let listed: Vec<_> = backend
        .scan(Scope::namespace("fakes"))
        .try_concat()
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn get_now_leaves_the_answer_to_get_while_get_has_a_fault() {
    let (faults, backend) = faulty();
    let key = key("a");
    assert!(matches!(backend.get_now(key.as_key()), Some(Found::Absent)));
    faults.next(Operation::Get, Fault::Error(ErrorKind::Unavailable));
    assert!(backend.get_now(key.as_key()).is_none());
    assert_eq!(
        kind(backend.get(key.as_key()).await),
        ErrorKind::Unavailable
    );
    assert!(backend.get_now(key.as_key()).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_tokio_time() {
    let (faults, backend) = faulty();
    faults.next(Operation::Ping, Fault::Delay(Duration::from_secs(3_600)));
    let start = tokio::time::Instant::now();
    backend.ping().await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3_600));
}

#[tokio::test]
#[should_panic(expected = "a fault was injected into ping")]
async fn a_panic_is_a_panic() {
    let (faults, backend) = faulty();
    faults.next(Operation::Ping, Fault::Panic);
    let _ = backend.ping().await;
}

#[tokio::test]
async fn what_hangs_has_happened_only_after_its_gate_or_before_its_answer() {
    for (after, fault) in [
        (false, Fault::Hang as fn(Gate) -> Fault),
        (true, Fault::HangAnswer),
    ] {
        let (faults, backend) = faulty();
        let (backend, gate, key) = (Arc::new(backend), Gate::new(), key("a"));
        faults.next(Operation::Put, fault(gate.clone()));
        let put = {
            let (backend, key) = (Arc::clone(&backend), key.clone());
            tokio::spawn(async move { backend.put(key.as_key(), entry(), Condition::Always).await })
        };
        gate.reached_by(1).await;
        assert_eq!(gate.waiting(), 1);
        let stands = backend.head(key.as_key()).await.unwrap().is_some();
        assert_eq!(stands, after);
        assert!(!put.is_finished());
        gate.release();
        assert!(put.await.unwrap().unwrap().is_stored());
        assert_eq!(gate.waiting(), 0);
        assert!(backend.head(key.as_key()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn who_is_dropped_at_a_gate_waits_there_no_more() {
    let (faults, backend) = faulty();
    let gate = Gate::new();
    faults.next(Operation::Ping, Fault::Hang(gate.clone()));
    let ping = tokio::spawn(async move { backend.ping().await });
    gate.reached_by(1).await;
    ping.abort();
    assert!(ping.await.unwrap_err().is_cancelled());
    assert_eq!(gate.waiting(), 0);
}

#[tokio::test]
async fn an_open_gate_holds_nobody() {
    let (faults, backend) = faulty();
    let gate = Gate::default();
    gate.release();
    faults.set(Operation::Ping, Fault::Hang(gate.clone()));
    assert!(backend.ping().await.is_ok());
    gate.reached_by(5).await;
}

#[test]
fn yields_work_in_any_executor() {
    let backend = Yielding::around(MemoryBackend::new(ManualClock::default().judge()), 2, 3);
    let mut get = Box::pin(backend.ping());
    let waker = std::task::Waker::noop();
    let mut polls = 1;
    while Future::poll(get.as_mut(), &mut std::task::Context::from_waker(waker)).is_pending() {
        polls += 1;
    }
    assert_eq!(polls, 1 + 2 + 3);
    assert!(backend.get_now(key("a").as_key()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_moves_with_tokio_time_only() {
    let clock = PausedClock::new(Timestamp::from_millis(5));
    assert_eq!(clock.now(), Timestamp::from_millis(5));
    tokio::time::advance(Duration::from_micros(1_999)).await;
    assert_eq!(clock.now(), Timestamp::from_millis(6));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(clock.now().as_millis() / 1_000, 1);
}

#[test]
fn clones_of_a_manual_clock_show_the_same_time() {
    let clock = ManualClock::new(Timestamp::from_millis(10));
    let other = clock.clone();
    other.advance(Duration::from_millis(5));
    assert_eq!(clock.now(), Timestamp::from_millis(15));
    clock.set(Timestamp::from_millis(3));
    assert_eq!(other.coarse(), Timestamp::from_millis(3));
    assert_eq!(clock.judge().clock().now(), Timestamp::from_millis(3));
}

#[tokio::test]
async fn a_disk_keeps_what_was_flushed() {
    let (disk, judge) = (MemoryDisk::default(), ManualClock::default().judge());
    let first = MemoryBackend::new(judge.clone()).on_disk(&disk);
    first
        .put(key("flushed").as_key(), entry(), Condition::Always)
        .await
        .unwrap();
    first.flush().await.unwrap();
    first
        .put(key("late").as_key(), entry(), Condition::Always)
        .await
        .unwrap();
    let second = MemoryBackend::new(judge).with_capacity(5).on_disk(&disk);
    assert!(
        second
            .head(key("flushed").as_key())
            .await
            .unwrap()
            .is_some()
    );
    assert!(second.head(key("late").as_key()).await.unwrap().is_none());
    assert_eq!(second.stats().await.unwrap().max_entries, Some(5));
    let powers = second.info().capabilities;
    assert!(powers.has(Capability::Persistent) && powers.has(Capability::Bounded));
}

/// Opens nothing, and says why.
struct Missing;

impl Setup for Missing {
    type Backend = MemoryBackend;

    async fn open(&self, _: &Env) -> cache_core::Result<MemoryBackend> {
        Err(cache_core::Error::new(
            ErrorKind::Unavailable,
            "no server here",
        ))
    }

    fn unavailable(&self) -> Option<String> {
        Some("no server here".to_owned())
    }
}

#[test]
fn a_setup_that_cannot_open_fails_every_case_and_says_why() {
    for case in cases().iter().take(3) {
        let failure = run_case(Missing, case).unwrap_err().to_string();
        assert!(failure.contains(case.name()), "{failure}");
        assert!(failure.contains("no server here"), "{failure}");
    }
}

/// Panics where a case first touches it.
struct Panicking;

impl Setup for Panicking {
    type Backend = Faulty<MemoryBackend>;

    async fn open(&self, env: &Env) -> cache_core::Result<Faulty<MemoryBackend>> {
        let faults = Faults::default();
        faults.set(Operation::Put, Fault::Panic);
        Ok(FaultLayer::new(&faults).layer(MemoryBackend::new(env.judge.clone())))
    }
}

#[test]
fn a_backend_that_panics_fails_the_case_and_not_the_suite() {
    let named = |name: &str| cases().iter().find(|case| case.name() == name).unwrap();
    let failure = run_case(Panicking, named("dead_is_never_returned")).unwrap_err();
    assert!(
        failure.to_string().contains("it panicked: a fault"),
        "{failure}"
    );
    let verdict = run_case(Panicking, named("a_batch_of_nothing_is_nothing"));
    assert_eq!(verdict.unwrap(), Verdict::Passed);
}
