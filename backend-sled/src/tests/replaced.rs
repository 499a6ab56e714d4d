//! An engine that is replaced: who waits for that, and how soon it is tried again.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use cache_core::{Backend, Error, ErrorKind, Found, Judge, Operation};

use super::fixture::{Fixture, HOUR};
use crate::engine::Engine;
use crate::error::{Fault, Outcome, Remains};
use crate::{Reads, SledBackend, SledConfig};

/// Longer than anything that does not wait for it takes.
const LONG: Duration = Duration::from_secs(5);

/// What runs on a thread of the runtime must not wait for work inside sled, which may have no end.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn reads_on_the_callers_thread_do_not_wait_for_an_engine_to_be_replaced() {
    let fx = Fixture::new(|builder| builder.reads(Reads::Inline));
    fx.put(1, HOUR).await;
    let (store, key) = (Arc::clone(fx.backend.store()), fx.key(1));
    let (taken, is_taken) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let replacing = thread::spawn(move || {
        store.while_replaced(|| {
            taken.send(()).unwrap();
            may_go.recv_timeout(LONG)
        })
    });
    is_taken.recv().unwrap();
    assert!(fx.backend.get_now(key.as_key()).is_none());
    let keys = [key.as_key(), key.as_key()];
    let (mut one, mut both) = (
        Box::pin(fx.backend.get(key.as_key())),
        Box::pin(fx.backend.get_many(&keys)),
    );
    assert!(futures_util::poll!(&mut one).is_pending());
    assert!(futures_util::poll!(&mut both).is_pending());
    go.send(()).unwrap();
    replacing.join().unwrap().unwrap();
    assert!(matches!(one.await.unwrap(), Found::Entry(_)));
    for found in both.await {
        assert!(matches!(found.unwrap(), Found::Entry(_)));
    }
}

/// The others of a batch would each wait as long for the next one.
#[test]
fn after_an_opening_that_took_long_and_failed_there_is_a_pause() {
    let fx = Fixture::new(|builder| builder);
    let store = fx.backend.store();
    // Whoever holds the files that would be opened next is waited for, far longer than the pause.
    let next = fx.root.path().join("live-1-00000000000000000001");
    std::fs::create_dir(&next).unwrap();
    let held = std::fs::File::create(next.join("db")).unwrap();
    fs2::FileExt::lock_exclusive(&held).unwrap();
    let failed = store.with(Operation::Put, |engine| {
        engine.fail(
            Error::new(ErrorKind::Unavailable, "on purpose"),
            Remains::Incomplete,
        );
        Ok(())
    });
    failed.unwrap();
    let ask = || store.with(Operation::Get, |engine| Ok(engine.entries.get(b"")?));
    let error = ask().unwrap_err();
    assert!(error.to_string().contains("held by another"), "{error}");
    drop(held);
    let again = ask().unwrap_err();
    assert!(again.to_string().contains("held by another"), "{again}");
    let serves = crate::patience::until(LONG, || ask().ok());
    assert_eq!(serves, Some(None));
}

/// Nobody is to be told of a move that was not made.
#[tokio::test]
async fn damage_met_by_who_only_looks_is_told_as_it_is() {
    let fx = Fixture::new(|builder| builder);
    fx.backend.close().await.unwrap();
    let config = SledConfig {
        path: fx.root.path().to_owned(),
        ..SledConfig::default()
    };
    let looking = SledBackend::open_standing(&config, Judge::default()).unwrap();
    for _ in 0..2 {
        let work = |_: &Engine| -> Outcome { Err(Fault::Panic) };
        let told = looking.store().with(Operation::Get, work).unwrap_err();
        let text = told.to_string();
        assert!(text.contains("neither moved nor removed"), "{text}");
    }
    assert!(looking.quarantined().is_none());
}
