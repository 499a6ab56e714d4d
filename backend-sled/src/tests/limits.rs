//! Bounds: live bytes, counters, and the thread that sweeps; what close and drop leave behind.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Clock, Condition, Counters, ErrorKind, Lifetime, Meta, Stamp, Ttl};

use super::fixture::{Fixture, HOUR, entry};
use crate::{Reads, SledBackend};

const MEBIBYTE: u64 = 1 << 20;

#[tokio::test]
async fn beyond_the_limit_what_ends_soonest_goes() {
    let fx = Fixture::new(|builder| builder.max_bytes(MEBIBYTE));
    let never = fx.key(9_999);
    let mut endless = entry(fx.clock.now(), HOUR, 1_000);
    let life = Lifetime::starting(fx.clock.now(), Ttl::Never, Duration::ZERO);
    endless.meta = Meta {
        codec: endless.meta.codec,
        ..Meta::new(fx.clock.now(), life)
    };
    let put = fx.backend.put(never.as_key(), endless, Condition::Always);
    assert!(put.await.unwrap().is_stored());
    // The later ones end sooner.
    for id in 0..2_000_u64 {
        let ttl = HOUR * 10 - Duration::from_secs(id);
        fx.put_to(&fx.key(id), ttl, 1_000).await;
        let stats = fx.stats().await;
        assert!(stats.bytes <= stats.max_bytes, "{stats:?}");
    }
    let [entries, evictions, expirations, removals] = fx.counts().await;
    assert_eq!(entries + evictions, 2_001);
    assert_eq!((expirations, removals), (0, 0));
    assert!((900..1_000).contains(&entries), "{entries}");
    assert!(fx.is_there(&never).await);
    for id in 0..entries - 1 {
        assert!(fx.is_there(&fx.key(id)).await, "{id} of {entries}");
    }
    assert!(!fx.is_there(&fx.key(entries - 1)).await);
    // The limit holds for what is found, too.
    fx.backend.close().await.unwrap();
}

#[tokio::test]
async fn a_lower_limit_holds_for_what_is_there_already() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..3_000 {
        fx.put_to(&fx.key(id), HOUR, 1_000).await;
    }
    fx.backend.close().await.unwrap();
    let backend = SledBackend::builder()
        .path(fx.root.path())
        .max_bytes(MEBIBYTE)
        .judge(fx.clock.judge())
        .build()
        .unwrap();
    let stats = backend.stats().await.unwrap();
    assert!(
        stats.bytes <= Some(MEBIBYTE) && stats.evictions > Some(1_900),
        "{stats:?}"
    );
}

#[tokio::test]
async fn what_dies_on_its_own_is_no_eviction() {
    let fx = Fixture::new(|builder| builder.max_bytes(MEBIBYTE));
    for id in 0..900 {
        fx.put_to(&fx.key(id), Duration::from_secs(1), 1_000).await;
    }
    fx.clock.advance(Duration::from_secs(1));
    for id in 1_000..1_900 {
        fx.put_to(&fx.key(id), HOUR, 1_000).await;
    }
    let [_, evictions, expirations, _] = fx.counts().await;
    assert_eq!(evictions, 0);
    assert!(expirations > 800, "{expirations}");
}

#[tokio::test]
async fn an_entry_beyond_the_limit_is_refused() {
    let fx = Fixture::new(|builder| builder.max_bytes(MEBIBYTE));
    let large = entry(fx.clock.now(), HOUR, 1 << 20);
    let key = fx.key(1);
    let put = fx.backend.put(key.as_key(), large, Condition::Always).await;
    assert_eq!(put.unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(fx.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn counters_are_bounded_and_make_room_when_windows_end() {
    let fx = Fixture::new(|builder| builder.max_counters(10));
    let (second, hour) = (Duration::from_secs(1), HOUR);
    for id in 0..10 {
        let window = if id < 5 { second } else { hour };
        fx.backend
            .add(fx.key(id).as_key(), 1, window)
            .await
            .unwrap();
    }
    let one_more = fx.key(10);
    let refused = fx.backend.add(one_more.as_key(), 1, hour).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Overloaded);
    assert_eq!(
        fx.backend.add(fx.key(9).as_key(), 1, hour).await.unwrap(),
        2
    );
    fx.clock.advance(second);
    assert_eq!(fx.backend.add(one_more.as_key(), 1, hour).await.unwrap(), 1);
    // They outlive the backend, and are counted again.
    let fx = fx.reopened().await;
    assert_eq!(
        fx.backend.add(fx.key(9).as_key(), 1, hour).await.unwrap(),
        3
    );
    let held = fx
        .backend
        .store()
        .counters
        .load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(held, 6);
}

#[tokio::test]
async fn dead_entries_go_by_themselves() {
    let fx = Fixture::new(|builder| builder.sweep_interval(Duration::from_millis(10)));
    for id in 0..500 {
        fx.put(id, Duration::from_secs(1)).await;
    }
    fx.clock.advance(Duration::from_secs(1));
    let swept = async {
        while fx.counts().await[0] > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), swept)
        .await
        .unwrap();
    assert_eq!(fx.counts().await, [0, 0, 500, 0]);
}

/// The sweeper's thread holds the store weakly: after close, and after drop, nobody does.
#[tokio::test]
async fn close_and_drop_end_the_thread_and_let_go_of_the_directory() {
    for closes in [true, false] {
        let fx = Fixture::new(|builder| builder.sweep_interval(Duration::from_millis(10)));
        fx.put(1, HOUR).await;
        let store = Arc::downgrade(fx.backend.store());
        if closes {
            fx.backend.close().await.unwrap();
            // At once, not a little later.
            let again = SledBackend::builder().path(fx.root.path()).build();
            drop(again.unwrap());
        }
        drop(fx.backend);
        let gone = async {
            while store.strong_count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), gone)
            .await
            .unwrap();
    }
}

#[test]
fn without_a_runtime_inline_reads_answer_and_the_rest_says_what_it_needs() {
    let root = tempfile::tempdir().unwrap();
    let backend = SledBackend::builder()
        .path(root.path())
        .reads(Reads::Inline)
        .build()
        .unwrap();
    let space = cache_core::Space::new("sled", "pilot", 1).unwrap();
    let key = cache_core::Key::new(&space, cache_core::Epoch(1), b"1").unwrap();
    assert!(matches!(
        now(backend.get(key)).unwrap(),
        cache_core::Found::Absent
    ));
    assert!(matches!(
        backend.get_now(key),
        Some(cache_core::Found::Absent)
    ));
    for (count, answers) in [(256, true), (257, false)] {
        let found = now(backend.get_many(&vec![key; count]));
        assert_eq!(found.len(), count);
        assert!(found.iter().all(|one| one.is_ok() == answers), "{count}");
    }
    let error = now(backend.remove(key, Some(Stamp::next()))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    now(backend.close()).unwrap();
    assert_eq!(now(backend.get(key)).unwrap_err().kind(), ErrorKind::Closed);
}

/// Who offloads reads has said that none may run on the caller's thread.
#[test]
fn only_reads_that_run_inline_are_answered_now() {
    for (reads, answers) in [
        (Reads::Inline, true),
        (Reads::Auto, true),
        (Reads::Offload, false),
    ] {
        let fx = Fixture::new(|builder| builder.reads(reads));
        let found = fx.backend.get_now(fx.key(1).as_key());
        assert_eq!(found.is_some(), answers, "{reads:?}");
    }
}

/// Polls a future that does not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
